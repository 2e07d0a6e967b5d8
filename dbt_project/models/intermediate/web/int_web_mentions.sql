-- Grain: one row per visitor and set of identifiers that its web events carried together.
{{ config(materialized='incremental', unique_key='visitor_key') }}

with

events as (
    select * from {{ ref('int_web_events_visited') }}
    {% if is_incremental() -%}
    where visitor_key in (
        select visitor_key
        from {{ ref('int_web_events_visited') }}
        where changed_in_load > {{ newest_in(this, 'changed_in_load') }}
    )
    {%- endif %}
),

final as (
    select
        visitor_key,
        source_system,
        customer_id,
        email,
        anonymous_id,
        min(occurred_at) as first_seen_at,
        max(changed_in_load) as changed_in_load
    from events
    where coalesce(customer_id, email, anonymous_id) is not null
    group by visitor_key, source_system, customer_id, email, anonymous_id
)

select * from final
