-- Grain: one row: the moment at which ages, maturity and lateness are reckoned.
-- CX_AS_OF, else the latest accepted event; never the wall clock, so that the same
-- inputs give the same marts on any day.

with

loads as (
    select * from {{ source('raw_ops', 'loads') }}
),

subscriptions as (
    select * from {{ ref('accepted_subscriptions') }}
),

events as (
    select max(ordered_at) as latest_at from {{ ref('accepted_orders') }}
    union all
    select max(responded_at) from {{ ref('accepted_survey_responses') }}
    union all
    select max(created_at) from {{ ref('accepted_tickets') }}
    union all
    select max(occurred_at) from {{ ref('accepted_interactions') }}
    union all
    select max(occurred_at) from {{ ref('accepted_web_events') }}
),

-- What is dated besides; it speaks only where there are none of these.
other_events as (
    select max(started_at) as latest_at from subscriptions
    union all
    -- a service may be booked to end later than anybody can know
    select max(subscriptions.ended_at)
    from subscriptions
    inner join loads on subscriptions.changed_in_load = loads.load_id
    where subscriptions.ended_at <= loads.loaded_at
    {%- for entity, time in [
        ('subscription_changes', 'changed_at'),
        ('survey_invitations', 'sent_at'),
        ('survey_invitations', 'shown_at'),
        ('reviews', 'posted_at'),
        ('leads', 'created_at'),
        ('employee_feedback', 'submitted_at'),
        ('decisions', 'decided_at'),
        ('consents', 'changed_at'),
        ('customers', 'created_at'),
    ] %}
    union all
    select max({{ time }}) from {{ ref('accepted_' ~ entity) }}
    {%- endfor %}
),

final as (
    select
        {% if var('as_of') -%} {{ utc_timestamp("'" ~ var('as_of') ~ "'") }}
        {%- else -%}
        coalesce(
            (select max(latest_at) from events),
            (select max(latest_at) from other_events)
        )
        {%- endif %} as as_of
)

select * from final
