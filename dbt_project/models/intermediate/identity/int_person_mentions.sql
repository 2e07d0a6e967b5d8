-- Grain: one row per entity and set of identifiers that stood together in its rows.
-- Identifiers in one row are one person's; the graph of int_identity_edges follows from
-- it.
{%- set mentions = [
    ('customers', 'created_at', ['customer_id', 'email', 'phone']),
    ('leads', 'created_at', ['customer_id', 'email', 'phone']),
    ('orders', 'ordered_at', ['customer_id', 'email', 'phone']),
    ('subscriptions', 'started_at', ['customer_id', 'email']),
    ('survey_invitations', 'sent_at', ['customer_id', 'email', 'phone']),
    (
        'survey_responses', 'responded_at',
        ['customer_id', 'email', 'phone', 'anonymous_id'],
    ),
    ('tickets', 'created_at', ['customer_id', 'email', 'phone']),
    ('interactions', 'occurred_at', ['customer_id', 'email', 'phone', 'anonymous_id']),
    ('reviews', 'posted_at', ['customer_id']),
    ('consents', 'changed_at', ['customer_id']),
] %}

with

mentions as (
    {% for entity, time_column, kinds in mentions -%}
    select
        source_system,
        '{{ entity }}' as source_entity,
        {%- for kind in ['customer_id', 'email', 'phone', 'anonymous_id'] %}
        {{ kind if kind in kinds else 'cast(null as varchar)' }} as {{ kind }},
        {%- endfor %}
        {{ time_column }} as seen_at
    from {{ ref('accepted_' ~ entity) }}
    union all
    {% endfor -%}
    select
        source_system,
        'web_events' as source_entity,
        customer_id,
        email,
        cast(null as varchar) as phone,
        anonymous_id,
        first_seen_at as seen_at
    from {{ ref('int_web_mentions') }}
),

mentions_grouped as (
    select
        source_system,
        customer_id,
        email,
        phone,
        anonymous_id,
        source_entity,
        min(seen_at) as first_seen_at
    from mentions
    where coalesce(customer_id, email, phone, anonymous_id) is not null
    group by source_system, source_entity, customer_id, email, phone, anonymous_id
),

mention_texts as (
    select
        source_system,
        source_entity,
        customer_id,
        first_seen_at,
        {{ crm_text('mentions_grouped') }} as customer_id_text,
        {{ email_text('mentions_grouped') }} as email_text,
        {{ phone_text_of('mentions_grouped.phone') }} as phone_text,
        {{ anonymous_text('mentions_grouped') }} as anonymous_id_text
    from mentions_grouped
),

final as (
    select
        *
        {%- for kind in ['customer_id', 'email', 'phone', 'anonymous_id'] %},
        {{ key_of(kind ~ '_text') }} as {{ kind }}_node
        {%- endfor %}
    from mention_texts
)

select * from final
