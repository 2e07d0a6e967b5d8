-- Grain: one row: the moment at which ages, maturity and lateness are reckoned.
-- CX_AS_OF, else the latest accepted event; never the wall clock, so that the same
-- inputs give the same marts on any day.

with

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

final as (
    select
        -- an aggregate in either case: one row
        max(
            {% if var('as_of') -%} {{ utc_timestamp("'" ~ var('as_of') ~ "'") }}
            {%- else -%} latest_at
            {%- endif %}
        ) as as_of
    from events
)

select * from final
