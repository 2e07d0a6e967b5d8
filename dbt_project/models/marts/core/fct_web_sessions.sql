-- Grain: one row per session of a visitor on the web site or in the app.
-- Once a visitor becomes known, all earlier sessions move to that person.
-- depends_on: {{ ref('int_web_sessions') }}
{{ config(
    materialized='incremental',
    unique_key='visitor_key',
    on_schema_change='fail',
    pre_hook='{{ without_vanished_sessions() }}',
) }}

with

sessions as (
    select * from {{ ref('int_web_sessions_resolved') }}
),

{% if is_incremental() -%}
visitors_touched as (
    select visitor_key
    from sessions
    where changed_in_load > {{ newest_in(this, 'changed_in_load') }}
    union
    select built.visitor_key
    from {{ this }} as built
    inner join sessions on built.session_key = sessions.session_key
    where
        built.customer_key is distinct from sessions.customer_key
        -- an event was withdrawn, and the load that did it is not this session's
        or built.events <> sessions.events
),

{% endif -%}
final as (
    select
        session_key,
        customer_key,
        substr({{ keyed_hash('anonymous_id') }}, 1, 32) as anonymous_id_hash,
        source_system,
        session_id,
        started_at,
        ended_at,
        cast(events as bigint) as events,
        cast(pages as bigint) as pages,
        device,
        {{ page_only('landing_page') }} as landing_page,
        {{ page_only('referrer') }} as referrer,
        channel,
        converted,
        cast(errors as bigint) as errors,
        visitor_key,
        changed_in_load
    from sessions
    {%- if is_incremental() %}
    where visitor_key in (select visitor_key from visitors_touched)
    {%- endif %}
)

select * from final
