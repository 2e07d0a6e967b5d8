-- Grain: one row per identifier of one person, with the person's key. A key comes from
-- the identifier that was seen first when the person was first published, and stays:
-- older data that arrives later changes nothing, and of two known people who turn out
-- to be one the key seen first remains (customer_key_history resolves the other).

with

nodes as (
    select * from {{ ref('int_identity_nodes') }}
    where not is_shared
),

components as (
    select * from {{ ref('int_identity_components') }}
),

-- A key that was published as merged into another stays merged.
issued_keys as (
    select * from {{ source('identity', 'issued_keys') }}
    where merged_into is null
),

nodes_in_component as (
    select
        nodes.node,
        nodes.id_text,
        nodes.first_seen_at,
        coalesce(components.component, nodes.node) as component,
        issued_keys.customer_key as issued_key
    from nodes
    left join components on nodes.node = components.node
    left join issued_keys on nodes.node = issued_keys.node
),

-- The identifier that names the person: one that already gave a key, else the one seen
-- first.
origins as (
    select
        component,
        node as origin_node,
        coalesce(
            issued_key,
            cast('0x' || substr({{ keyed_hash('id_text') }}, 1, 15) as bigint)
        ) as customer_key
    from nodes_in_component
    qualify row_number() over (
        partition by component
        order by
            case when issued_key is null then 1 else 0 end asc,
            first_seen_at asc nulls last,
            node asc
    ) = 1
),

final as (
    select
        nodes_in_component.node,
        origins.customer_key,
        nodes_in_component.component,
        nodes_in_component.node = origins.origin_node as is_origin
    from nodes_in_component
    inner join origins on nodes_in_component.component = origins.component
)

select * from final
