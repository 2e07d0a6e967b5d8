-- Grain: one row per session of a visitor: the source's session_id, else no gap of 30
-- minutes. A new event re-sessionises its visitor and nobody else.
-- depends_on: {{ ref('retired_web_events') }}
{{ config(
    materialized='incremental',
    unique_key='visitor_key',
    pre_hook='{{ without_visitors_touched() }}',
) }}
{%- set roles = ['article', 'bot_answer', 'checkout_step', 'rage_click', 'purchase'] %}

with

events as (
    select * from {{ ref('int_web_events_visited') }}
    {% if is_incremental() -%}
    where visitor_key in ({{ visitors_touched() }})
    {%- endif %}
),

-- What a rule calls events of one kind: by name, by page (a LIKE pattern), or by both.
kinds_of_event as (
    select
        {{ row_hash(['kinds.event_name', 'kinds.page']) }} as kind_of_event
        {%- for role in roles %},
        bool_or(rules.role = '{{ role }}') as is_{{ role }}
        {%- endfor %}
    from (
        select
            event_name,
            page
        from events
        group by event_name, page
    ) as kinds
    inner join {{ ref('ref_web_event_roles') }} as rules
        on
            coalesce(rules.event_name, rules.page_pattern) is not null
            and (rules.event_name is null or kinds.event_name = rules.event_name)
            and (rules.page_pattern is null or kinds.page like rules.page_pattern)
    group by kinds.event_name, kinds.page
),

gaps_marked as (
    select
        *,
        case
            when
                {{ seconds_between(
                    'lag(occurred_at) over visits', 'occurred_at'
                ) }} > {{ var('session_gap_minutes') * 60 }}
                then 1
            else 0
        end as starts_after_gap
    from events
    where session_id is null
    window visits as (partition by visitor_key order by occurred_at, row_key)
),

events_in_session as (
    select
        *,
        'g' || cast(
            sum(starts_after_gap) over (
                partition by visitor_key order by occurred_at, row_key
                rows between unbounded preceding and current row
            ) as varchar
        ) as session_in_visitor
    from gaps_marked
    union all
    select
        *,
        0 as starts_after_gap,
        's' || session_id as session_in_visitor
    from events
    where session_id is not null
),

events_with_role as (
    select
        events_in_session.*
        {%- for role in roles %},
        kinds_of_event.is_{{ role }}
        {%- endfor %}
    from events_in_session
    left join kinds_of_event
        on
            {{ row_hash(['events_in_session.event_name', 'events_in_session.page']) }}
            = kinds_of_event.kind_of_event
),

sessions as (
    select
        visitor_key,
        session_in_visitor,
        min(source) as source,
        source_system,
        min(session_id) as session_id,
        min(anonymous_id) as anonymous_id,
        max(customer_id) as customer_id,
        max(email) as email,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        count(*) as events,
        count(page) as pages,
        {%- for column in ['device', 'page', 'referrer'] %}
        min_by({{ column }}, {{ ordered_pair('occurred_at', 'row_key') }})
        filter (where {{ column }} is not null)
            as {{ 'landing_page' if column == 'page' else column }},
        {%- endfor %}
        coalesce(bool_or(is_purchase), false) as converted,
        count(*) filter (where is_error) as errors,
        count(*) filter (where is_checkout_step) as checkout_steps,
        count(*) filter (where is_rage_click) as rage_clicks,
        min(occurred_at) filter (where is_article or is_bot_answer) as first_help_at,
        min(occurred_at) filter (where is_purchase) as purchased_at,
        -- on two devices under one name
        min(device) <> max(device) as is_cross_device,
        min(row_key) as first_row_key,
        max(changed_in_load) as changed_in_load
    from events_with_role
    group by visitor_key, session_in_visitor, source_system
),

final as (
    select
        {{ key_of(
            "source_system || ':' || session_in_visitor || ':' "
            ~ "|| coalesce(anonymous_id, customer_id, email, cast(first_row_key as varchar)) "
            ~ "|| ':' "
            ~ "|| cast(started_at as varchar)"
        ) }} as session_key,
        *
    from sessions
)

select * from final
