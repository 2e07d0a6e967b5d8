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
        confidence
        {%- for side in ['left', 'right'] %},
        case {{ side }}_type
            {%- for kind in kinds %}
            when '{{ kind }}' then {{ side_text(side, kind) }}
            {%- endfor %}
        end as {{ side }}_text
        {%- endfor %}
    from links
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
