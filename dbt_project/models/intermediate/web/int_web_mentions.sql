-- Grain: one row per visitor and set of identifiers that its web events carried
-- together.
-- depends_on: {{ ref('retired_web_events') }}
{{ config(
    materialized='incremental',
    unique_key='visitor_key',
    pre_hook='{{ without_visitors_touched() }}',
) }}

with

events as (
    select * from {{ ref('int_web_events_visited') }}
    {% if is_incremental() -%}
    where visitor_key in ({{ visitors_touched() }})
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
