-- Grain: one row per event, length of period, cohort, age and rule.
-- A cohort are the people whose first purchase (or visit) lies in one calendar period
-- of the tenant's zone; age N is the Nth calendar period after it, so the last hour of
-- January and the first of February are one month apart (metrics.md 2.5 asks to state
-- it). The first one counts itself: age 0 is always 100 %.
{#- Older ages are left out where they would be many and say little. -#}
{%- set oldest_age = {'day': 30, 'week': 52, 'month': 120} %}
{%- set cohort = ['event', 'period_grain', 'cohort_start'] %}

with

orders as (
    select * from {{ ref('fct_orders') }}
    -- goods sent back are no return of the customer
    where
        is_purchase
        and coalesce(status <> 'returned', true)
        and returned_at is null
),

customers as (
    select * from {{ ref('dim_customers') }}
    where not (is_test or is_employee)
),

as_of as (
    select {{ local_date('as_of') }} as as_of_day from {{ ref('int_as_of') }}
),

sessions as (
    select * from {{ ref('fct_web_sessions') }}
),

event_days as (
    {% for event, relation, happened_at in [
        ('purchase', 'orders', 'ordered_at'), ('visit', 'sessions', 'started_at')
    ] -%}
    select
        '{{ event }}' as event,
        {{ relation }}.customer_key,
        {{ local_date(relation ~ '.' ~ happened_at) }} as day
    from {{ relation }}
    inner join customers on {{ relation }}.customer_key = customers.customer_key
    {%- if event == 'visit' %}
    -- an anonymous visitor is a browser, and is rarely recognised when coming back
    where customers.is_known
    {%- endif %}
    group by
        {{ relation }}.customer_key,
        {{ local_date(relation ~ '.' ~ happened_at) }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

days_since_first as (
    select
        *,
        min(day) over (partition by event, customer_key) as first_day
    from event_days
),

periods_active as (
    {% for grain in oldest_age -%}
    select
        event,
        customer_key,
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'first_day') }} as cohort_start,
        {{ periods_between(grain, 'first_day', 'day') }} as age
    from days_since_first
    group by
        event,
        customer_key,
        {{ period_start(grain, 'first_day') }},
        {{ periods_between(grain, 'first_day', 'day') }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

people_by_last_age as (
    select
        customer_key,
        {{ cohort | join(', ') }},
        max(age) as last_age
    from periods_active
    group by customer_key, {{ cohort | join(', ') }}
),

last_ages as (
    select
        {{ cohort | join(', ') }},
        last_age,
        count(*) as people
    from people_by_last_age
    group by {{ cohort | join(', ') }}, last_age
),

cohorts as (
    select
        {{ cohort | join(', ') }},
        count(*) as cohort_size
    from people_by_last_age
    group by {{ cohort | join(', ') }}
),

ages as (
    {% for grain, oldest in oldest_age.items() -%}
    select
        '{{ grain }}' as period_grain,
        numbers.age
    from {{ whole_numbers(oldest) }} as numbers (age)
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

cohorts_by_age as (
    select
        cohorts.*,
        ages.age,
        case cohorts.period_grain
            {%- for grain in oldest_age %}
            when '{{ grain }}'
                then cast(
                    cohorts.cohort_start
                    + ages.age * {{ calendar_periods()[grain] }} as date
                )
            {%- endfor %}
        end as interval_start,
        case cohorts.period_grain
            {%- for grain in oldest_age %}
            when '{{ grain }}'
                then cast(
                    cohorts.cohort_start
                    + (ages.age + 1) * {{ calendar_periods()[grain] }} as date
                )
            {%- endfor %}
        end as interval_end
    from cohorts
    inner join ages on cohorts.period_grain = ages.period_grain
),

people_returned as (
    select
        {{ cohort | join(', ') }},
        age,
        'return_on' as rule,
        count(*) as people
    from periods_active
    group by {{ cohort | join(', ') }}, age
    union all
    -- back in the Nth period or in any later one
    select
        cohorts_by_age.event,
        cohorts_by_age.period_grain,
        cohorts_by_age.cohort_start,
        cohorts_by_age.age,
        'on_or_after' as rule,
        sum(last_ages.people) as people
    from cohorts_by_age
    inner join last_ages
        on
            cohorts_by_age.event = last_ages.event
            and cohorts_by_age.period_grain = last_ages.period_grain
            and cohorts_by_age.cohort_start = last_ages.cohort_start
            and cohorts_by_age.age <= last_ages.last_age
    group by
        cohorts_by_age.event,
        cohorts_by_age.period_grain,
        cohorts_by_age.cohort_start,
        cohorts_by_age.age
),

cells as (
    select
        cohorts_by_age.event,
        cohorts_by_age.period_grain,
        cohorts_by_age.cohort_start,
        cohorts_by_age.cohort_size,
        cohorts_by_age.age,
        rules.rule,
        cohorts_by_age.interval_end <= as_of.as_of_day as is_mature,
        coalesce(people_returned.people, 0) as people
    from cohorts_by_age
    cross join (values ('return_on'), ('on_or_after')) as rules (rule)
    cross join as_of
    -- nobody of the cohort was back: none retained, which is a finding
    left join people_returned
        on
            cohorts_by_age.event = people_returned.event
            and cohorts_by_age.period_grain = people_returned.period_grain
            and cohorts_by_age.cohort_start = people_returned.cohort_start
            and cohorts_by_age.age = people_returned.age
            and rules.rule = people_returned.rule
    where cohorts_by_age.interval_start <= as_of.as_of_day
),

-- Who cannot yet have been measured counts neither above nor below the line.
cells_counted as (
    select
        *,
        case when is_mature then people else 0 end as retained,
        case when is_mature then cohort_size else 0 end as mature
    from cells
),

cells_pooled as (
    select
        *,
        sum(retained) over (partition by event, period_grain, age, rule)
            as overall_retained,
        sum(mature) over (partition by event, period_grain, age, rule)
            as overall_mature
    from cells_counted
),

cells_rated as (
    select
        *,
        retained * 1.0e0 / nullif(mature, 0) as rate,
        overall_retained * 1.0e0 / nullif(overall_mature, 0) as overall_rate
    from cells_pooled
),

cells_with_interval as (
    select
        *,
        {{ wilson_low('rate', 'mature') }} as ci_low,
        {{ wilson_high('rate', 'mature') }} as ci_high,
        {{ wilson_low('overall_rate', 'overall_mature') }} as overall_ci_low,
        {{ wilson_high('overall_rate', 'overall_mature') }} as overall_ci_high
    from cells_rated
),

final as (
    select
        event,
        period_grain,
        cohort_start,
        cast(cohort_size as bigint) as cohort_size,
        cast(age as integer) as age,
        rule,
        cast(retained as bigint) as retained,
        cast(mature as bigint) as mature,
        {{ significant('rate') }} as rate,
        {{ significant('ci_low') }} as ci_low,
        {{ significant('ci_high') }} as ci_high,
        is_mature,
        cast(overall_retained as bigint) as overall_retained,
        cast(overall_mature as bigint) as overall_mature,
        {{ significant('overall_rate') }} as overall_rate,
        {{ significant('overall_ci_low') }} as overall_ci_low,
        {{ significant('overall_ci_high') }} as overall_ci_high
    from cells_with_interval
)

select * from final
