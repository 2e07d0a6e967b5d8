-- Grain: one row per customer key that was once published and now belongs to another
-- key's person.

with

issued_keys as (
    select * from {{ source('identity', 'issued_keys') }}
),

customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

newest_edges as (
    select
        customer_keys.component,
        max(edges.first_seen_at) as newest_edge_at
    from {{ ref('int_identity_edges') }} as edges
    inner join customer_keys on edges.left_node = customer_keys.node
    group by customer_keys.component
),

final as (
    select
        issued_keys.customer_key as old_customer_key,
        customer_keys.customer_key,
        newest_edges.newest_edge_at as changed_at,
        'merged' as reason
    from issued_keys
    inner join customer_keys on issued_keys.node = customer_keys.node
    left join newest_edges on customer_keys.component = newest_edges.component
    where issued_keys.customer_key <> customer_keys.customer_key
)

select * from final
