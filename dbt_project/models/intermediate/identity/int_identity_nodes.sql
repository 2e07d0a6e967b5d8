-- Grain: one row per identifier. `is_shared` ones belong to a desk, an office or a
-- mailbox, not to a person: they link nobody. Texts are personal and stay in the
-- warehouse.
{%- set kinds = ['customer_id', 'email', 'phone', 'anonymous_id'] %}

with

mentions as (
    select * from {{ ref('int_person_mentions') }}
),

links as (
    select * from {{ ref('accepted_identity_links') }}
),

-- Identifiers that only an explicit link names are identifiers too.
linked_identifiers as (
    {% for side in ['left', 'right'] -%}
    select
        source_system,
        {{ side }}_type as id_type,
        case when {{ side }}_type = 'customer_id' then {{ side }}_id end as customer_id,
        case when {{ side }}_type = 'email' then {{ side }}_id end as email,
        case when {{ side }}_type = 'phone' then {{ side }}_id end as phone,
        case when {{ side }}_type = 'anonymous_id' then {{ side }}_id end
            as anonymous_id,
        linked_at
    from links
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

identifiers as (
    {% for kind in kinds -%}
    select
        {{ kind }}_node as node,
        '{{ kind }}' as id_type,
        {{ kind }}_text as id_text,
        source_system,
        first_seen_at
    from mentions
    where {{ kind }}_node is not null
    union all
    {% endfor -%}
    {% for kind in kinds -%}
    select
        {{ key_of(identifier_text(kind, 'linked_identifiers')) }} as node,
        id_type,
        {{ identifier_text(kind, 'linked_identifiers') }} as id_text,
        source_system,
        linked_at as first_seen_at
    from linked_identifiers
    where
        id_type = '{{ kind }}'
        and {{ identifier_text(kind, 'linked_identifiers') }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

identifiers_grouped as (
    select
        node,
        id_type,
        id_text,
        min(source_system) as source_system,
        min(first_seen_at) as first_seen_at
    from identifiers
    group by node, id_type, id_text
),

-- How many other identities stand beside an identifier.
holders as (
    {% for kind in ['email', 'phone', 'anonymous_id'] -%}
    select
        {{ kind }}_node as node,
        count(distinct customer_id_node) as customer_ids,
        count(distinct {{ 'customer_id_node' if kind == 'email' else 'email_node' }})
            as emails
    from mentions
    where
        {{ kind }}_node is not null
        -- an identifier seen alone says nothing of who shares it
        and coalesce(
            customer_id_node, {{ 'phone_node' if kind == 'email' else 'email_node' }}
        )
        is not null
    group by {{ kind }}_node
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        identifiers_grouped.*,
        coalesce(
            holders.customer_ids > {{ var('max_ids_per_identifier') }}
            or holders.emails > case
                when identifiers_grouped.id_type = 'phone'
                    then {{ var('max_emails_per_phone') }}
                else {{ var('max_ids_per_identifier') }}
            end,
            false
        ) as is_shared
    from identifiers_grouped
    left join holders on identifiers_grouped.node = holders.node
)

select * from final
