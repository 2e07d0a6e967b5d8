-- Grain: one row per pair of identifiers that were found to be one person's: why a
-- merge happened.
{%- set pairs = [
    ('customer_id', 'email'), ('customer_id', 'phone'), ('customer_id', 'anonymous_id'),
    ('email', 'phone'), ('email', 'anonymous_id'), ('phone', 'anonymous_id'),
] %}
{%- set kinds = ['customer_id', 'email', 'phone', 'anonymous_id'] %}

with

mentions as (
    select * from {{ ref('int_person_mentions') }}
),

links as (
    select * from {{ ref('accepted_identity_links') }}
    where coalesce(confidence, 1) >= {{ var('min_link_confidence') }}
),

nodes as (
    select
        node,
        is_shared
    from {{ ref('int_identity_nodes') }}
),

linked_texts as (
    select
        linked_at,
        confidence,
        -- A browser tells no more of a person than the id does.
        left_type = 'anonymous_id' or right_type = 'anonymous_id' as is_of_browser
        {%- for side in ['left', 'right'] %},
        case {{ side }}_type
            {%- for kind in kinds %}
            when '{{ kind }}' then {{ side_text(side, kind) }}
            {%- endfor %}
        end as {{ side }}_text
        {%- endfor %}
    from links
),

-- A customer_id of which no more is known, in a system that lists no customers, is that
-- of the one other system that lists it, or of several under one e-mail
-- (docs/DECISIONS.md).
customers_listed as (
    select
        source_system,
        customer_id,
        customer_id_node,
        max(email_node) as email_node
    from mentions
    where source_entity = 'customers'
    group by source_system, customer_id, customer_id_node
),

customers_listed_once as (
    select
        customer_id,
        min(customer_id_node) as customer_id_node
    from customers_listed
    group by customer_id
    having
        count(*) = 1
        or (count(email_node) = count(*) and min(email_node) = max(email_node))
),

systems_listing as (
    select source_system
    from customers_listed
    group by source_system
),

ids_otherwise_known as (
    select customer_id_node as node
    from mentions
    where email_node is not null or phone_node is not null
    union all
    select {{ key_of('left_text') }} as node
    from linked_texts
    where not is_of_browser
    union all
    select {{ key_of('right_text') }} as node
    from linked_texts
    where not is_of_browser
),

ids_of_other_systems as (
    select
        naming.customer_id_node as left_node,
        listed.customer_id_node as right_node,
        naming.source_entity,
        naming.first_seen_at
    from mentions as naming
    inner join customers_listed_once as listed
        on naming.customer_id = listed.customer_id
    left join systems_listing as listing
        on naming.source_system = listing.source_system
    where
        listing.source_system is null
        and not exists (
            select 1
            from ids_otherwise_known as known
            where naming.customer_id_node = known.node
        )
),

pairs_found as (
    {% for left_kind, right_kind in pairs -%}
    select
        {{ left_kind }}_node as left_node,
        {{ right_kind }}_node as right_node,
        'same_row_{{ left_kind }}_{{ right_kind }}' as rule,
        1.0e0 as confidence,
        source_entity,
        first_seen_at
    from mentions
    where {{ left_kind }}_node is not null and {{ right_kind }}_node is not null
    union all
    {% endfor -%}
    select
        {{ key_of('left_text') }} as left_node,
        {{ key_of('right_text') }} as right_node,
        'explicit_link' as rule,
        coalesce(confidence, 1.0e0) as confidence,
        'identity_links' as source_entity,
        linked_at as first_seen_at
    from linked_texts
    where left_text is not null and right_text is not null
    union all
    select
        left_node,
        right_node,
        'id_of_another_system' as rule,
        1.0e0 as confidence,
        source_entity,
        first_seen_at
    from ids_of_other_systems
),

final as (
    select
        pairs_found.left_node,
        pairs_found.right_node,
        min(pairs_found.rule) as rule,
        max(pairs_found.confidence) as confidence,
        min(pairs_found.source_entity) as source_entity,
        min(pairs_found.first_seen_at) as first_seen_at
    from pairs_found
    inner join nodes as left_nodes
        on pairs_found.left_node = left_nodes.node and not left_nodes.is_shared
    inner join nodes as right_nodes
        on pairs_found.right_node = right_nodes.node and not right_nodes.is_shared
    group by pairs_found.left_node, pairs_found.right_node
)

select * from final
