-- Grain: one row per local day, with the staffed span, the staffed seconds before it
-- and the next opening after it. Staffed time between two moments is then one
-- subtraction, whatever lies between them.

with

-- Every moment that staffed time is reckoned to: a reply or a solution that only a
-- message or a change tells of may come after all that the tickets themselves say.
moments as (
    select
        min(created_at) as first_at,
        max(greatest(created_at, first_reply_at, solved_at, closed_at)) as last_at
    from {{ ref('accepted_tickets') }}
    union all
    select
        cast(null as timestamp) as first_at,
        max(created_at) as last_at
    from {{ ref('accepted_ticket_messages') }}
    union all
    select
        cast(null as timestamp) as first_at,
        max(changed_at) as last_at
    from {{ ref('accepted_ticket_changes') }}
    union all
    select
        min(occurred_at) as first_at,
        max(occurred_at) as last_at
    from {{ ref('accepted_interactions') }}
    union all
    -- what is still open has waited until now
    select
        cast(null as timestamp) as first_at,
        as_of as last_at
    from {{ ref('int_as_of') }}
    union all
    select
        min(responded_at) as first_at,
        max(responded_at) as last_at
    from {{ ref('accepted_survey_responses') }}
    union all
    select
        cast(null as timestamp) as first_at,
        max(acted_at) as last_at
    from {{ ref('accepted_feedback_actions') }}
),

span as (
    select
        min(first_at) as first_at,
        max(last_at) as last_at
    from moments
),

-- The deadline of an answer to the last low score lies ahead: room for it where at
-- least one hour a day is staffed.
days as (
    {{ day_spine(
        "(select cast(" ~ local_date('first_at') ~ " as timestamp) from span)",
        "(select cast(" ~ local_date('last_at') ~ " as timestamp) "
        ~ "+ interval '" ~ (var('staffed_days_ahead') + var('feedback_sla_hours'))
        ~ "' day from span)"
    ) }}
),

hours as (
    select *
    from {{ ref('ref_business_hours') }}
    where calendar = '{{ var("business_calendar") }}'
),

holidays as (
    select cast(holiday as date) as holiday
    from {{ ref('ref_holidays') }}
    where calendar = '{{ var("business_calendar") }}'
    group by 1
),

days_staffed as (
    select
        days.day,
        case when holidays.holiday is null then
            {{ utc_of_local(
                "cast(cast(days.day as varchar) || ' ' || hours.opens_at as timestamp)"
            ) }}
        end as opens_at,
        case when holidays.holiday is null then
            {{ utc_of_local(
                "cast(cast(days.day as varchar) || ' ' || hours.closes_at as timestamp)"
            ) }}
        end as closes_at
    from days
    left join hours on extract(isodow from days.day) = hours.iso_weekday
    left join holidays on days.day = holidays.holiday
),

final as (
    select
        day,
        opens_at,
        closes_at,
        -- the calendar ends: behind its last opening the next one is not known
        min(opens_at) over (
            order by day rows between 1 following and unbounded following
        ) as next_opens_at,
        coalesce(
            sum({{ seconds_between('opens_at', 'closes_at') }}) over (
                order by day rows between unbounded preceding and 1 preceding
            ),
            0
        ) as staffed_seconds_before
    from days_staffed
)

select * from final
