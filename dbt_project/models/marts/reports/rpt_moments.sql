-- Grain: one row per touchpoint and window (all time, the last 90 days): the moments
-- that matter, where many pass and many are unsatisfied (metrics.md 2.34).
{%- set windows = {'all': none, 'rolling_90d': 90} %}

with

as_of as (
    select cast({{ local_date('as_of') }} + interval '1' day as date) as window_end
    from {{ ref('int_as_of') }}
),

contacts as (
    select
        contacts.touchpoint,
        contacts.stage,
        contacts.environment,
        contacts.customer_key,
        contacts.is_moment_that_matters,
        {{ local_date('contacts.occurred_at') }} as day
    from {{ ref('fct_touchpoints') }} as contacts
    left join {{ ref('dim_customers') }} as customers
        on contacts.customer_key = customers.customer_key
    -- a contact of nobody known is traffic; test people and employees are not
    where
        customers.customer_key is null
        or not (customers.is_test or customers.is_employee)
),

traffic as (
    {% for window, days in windows.items() -%}
    select
        '{{ window }}' as period_grain,
        contacts.touchpoint,
        min(contacts.stage) as stage,
        bool_or(contacts.is_moment_that_matters) as is_designated,
        count(*) as traffic,
        count(distinct contacts.customer_key) as persons
    from contacts
    {% if days -%}
    cross join as_of
    where
        contacts.day >= as_of.window_end - interval '{{ days }}' day
        and contacts.day < as_of.window_end
    {% endif -%}
    group by contacts.touchpoint
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

-- As rpt_metrics publishes it, suppression included.
scores as (
    select
        metrics.period_grain,
        metrics.member as touchpoint,
        metrics.scale_id,
        metrics.numerator,
        metrics.n,
        metrics.value,
        metrics.ci_low,
        metrics.ci_high,
        metrics.is_suppressed,
        row_number() over (
            partition by metrics.period_grain, metrics.member
            order by metrics.n desc nulls last, metrics.scale_id asc
        ) as place
    from {{ ref('rpt_metrics') }} as metrics
    cross join as_of
    where
        metrics.metric = 'csat'
        and metrics.scope = 'transactional'
        and metrics.weighting = 'none'
        and metrics.dimension = 'touchpoint'
        and (
            metrics.period_grain = 'all'
            {%- for window, days in windows.items() if days %}
            or (
                metrics.period_grain = '{{ window }}'
                and metrics.period_start
                = cast(as_of.window_end - interval '{{ days }}' day as date)
            )
            {%- endfor %}
        )
),

-- Where a touchpoint was rated on several scales, the one with the most answers speaks.
satisfaction as (
    select * from scores
    where place = 1
),

moments as (
    select
        traffic.*,
        traffic.traffic * 1.0e0 / sum(traffic.traffic) over (
            partition by traffic.period_grain
        ) as traffic_share,
        satisfaction.scale_id,
        cast(satisfaction.numerator as bigint) as numerator,
        satisfaction.n as denominator,
        satisfaction.n,
        satisfaction.value as performance,
        satisfaction.ci_low as performance_ci_low,
        satisfaction.ci_high as performance_ci_high,
        case
            when satisfaction.touchpoint is null then 'not_asked'
            when satisfaction.is_suppressed then 'too_few_answers'
            else 'measured'
        end as evidence,
        {{ moment_priority('traffic.traffic', 'satisfaction.value') }} as value,
        {{ moment_priority('traffic.traffic', 'satisfaction.ci_high') }} as ci_low,
        {{ moment_priority('traffic.traffic', 'satisfaction.ci_low') }} as ci_high
    from traffic
    left join satisfaction
        on
            traffic.touchpoint = satisfaction.touchpoint
            and traffic.period_grain = satisfaction.period_grain
),

final as (
    select
        period_grain,
        touchpoint,
        stage,
        is_designated,
        traffic,
        persons,
        {{ significant('traffic_share') }} as traffic_share,
        evidence,
        scale_id,
        numerator,
        denominator,
        n,
        performance,
        performance_ci_low,
        performance_ci_high,
        {{ significant('value') }} as value,
        {{ significant('ci_low') }} as ci_low,
        {{ significant('ci_high') }} as ci_high,
        case
            when value is not null
                then cast(rank() over (
                    partition by period_grain
                    order by value desc nulls last
                ) as integer)
        end as place
    from moments
)

select * from final
