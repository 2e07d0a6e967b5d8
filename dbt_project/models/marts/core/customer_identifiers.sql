-- Grain: one row per identifier of a person: why we believe that records are one
-- person's.

with

customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

nodes as (
    select * from {{ ref('int_identity_nodes') }}
),

edges as (
    select * from {{ ref('int_identity_edges') }}
),

-- The strongest and earliest reason that ties an identifier to another.
reasons as (
    select
        node,
        rule,
        confidence
    from (
        select
            left_node as node,
            rule,
            confidence,
            first_seen_at
        from edges
        union all
        select
            right_node as node,
            rule,
            confidence,
            first_seen_at
        from edges
    ) as ties
    qualify row_number() over (
        partition by node
        order by confidence desc, first_seen_at asc nulls last, rule asc
    ) = 1
),

final as (
    select
        customer_keys.customer_key,
        nodes.id_type,
        substr({{ keyed_hash('nodes.id_text') }}, 1, 32) as id_hash,
        nodes.source_system,
        coalesce(reasons.rule, 'only_identifier') as rule,
        coalesce(reasons.confidence, 1.0e0) as confidence,
        nodes.first_seen_at
    from customer_keys
    inner join nodes on customer_keys.node = nodes.node
    left join reasons on customer_keys.node = reasons.node
)

select * from final
