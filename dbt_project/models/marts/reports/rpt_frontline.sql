-- Grain: one row per kind, customer measure, dimension member and period.
-- What staff say is hidden as customers' answers are: below the least number of people
-- who said it.

with

mentions as (
    select * from {{ ref('int_staff_mentions') }}
),

employees as (
    select * from {{ ref('dim_employees') }}
),

as_of as (
    select {{ local_date('as_of') }} as as_of_day from {{ ref('int_as_of') }}
),

pain_points as (
    select * from {{ ref('int_pain_points') }}
),

span as (
    select
        min(mentions.day) as first_day,
        cast(max(as_of.as_of_day) + interval '1' day as date) as end_day
    from mentions
    cross join as_of
    having count(*) > 0
),

quarters as (
    select
        'quarter' as period_grain,
        {{ period_start('quarter', 'day') }} as period_start
    from mentions
    group by {{ period_start('quarter', 'day') }}
),

periods_bounded as (
    select
        quarters.period_grain,
        quarters.period_start,
        greatest(quarters.period_start, span.first_day) as counted_from,
        least(
            cast(quarters.period_start + interval '3' month as date), span.end_day
        ) as counted_until
    from quarters
    cross join span
    union all
    select
        'all' as period_grain,
        first_day as period_start,
        first_day as counted_from,
        end_day as counted_until
    from span
),

-- Nothing can be reckoned of a period that begins after the time of reckoning.
periods as (
    select * from periods_bounded
    where counted_from < counted_until
),

-- Days of service of each employee in each period; a missing date of entry or leaving
-- means throughout.
service as (
    select
        periods.period_grain,
        periods.period_start,
        employees.team,
        {{ dbt.datediff(
            "greatest(periods.counted_from, coalesce("
            ~ local_date('employees.hired_at') ~ ", periods.counted_from))",
            "least(periods.counted_until, coalesce("
            ~ local_date('employees.left_at') ~ ", periods.counted_until))",
            'day'
        ) }} as days
    from periods
    cross join employees
),

service_by_member as (
    select
        period_grain,
        period_start,
        'team' as dimension,
        coalesce(team, 'unknown') as member,
        sum(days) as days
    from service
    where days > 0
    group by period_grain, period_start, coalesce(team, 'unknown')
    union all
    select
        period_grain,
        period_start,
        'all' as dimension,
        'all' as member,
        sum(days) as days
    from service
    where days > 0
    group by period_grain, period_start
),

mentions_by_member as (
    {% for dimension, member in {
        'all': "'all'", 'team': "coalesce(mentions.team, 'unknown')",
        'topic': 'mentions.topic',
    }.items() -%}
    select
        periods.period_grain,
        periods.period_start,
        '{{ dimension }}' as dimension,
        {{ member }} as member,
        count(*) as mentions,
        count(distinct mentions.employee_key) as people
    from mentions
    inner join periods
        on
            mentions.day >= periods.counted_from
            and mentions.day < periods.counted_until
    group by periods.period_grain, periods.period_start, {{ member }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

mention_rates as (
    select
        mentions_by_member.*,
        -- a problem may be mentioned by anyone: it is set against everybody's weeks
        service_by_member.days / 7.0e0 as agent_weeks
    from mentions_by_member
    left join service_by_member
        on
            mentions_by_member.period_grain = service_by_member.period_grain
            and mentions_by_member.period_start = service_by_member.period_start
            and case
                when mentions_by_member.dimension = 'topic' then 'all'
                else mentions_by_member.dimension
            end = service_by_member.dimension
            and case
                when mentions_by_member.dimension = 'topic' then 'all'
                else mentions_by_member.member
            end = service_by_member.member
),

pain_points_shown as (
    select
        *,
        {{ suppressed('fewest', ['customer_measure'], 'topic') }} as is_suppressed
    from pain_points
),

pain_points_ranked as (
    select
        *,
        -- where all staff give one rank nothing says how far others would stray from it
        case
            when staff_n * staff_squares > staff_ranks * staff_ranks
                then {{ t_95('(staff_n - 1)') }} * sqrt(
                    (staff_squares - staff_ranks * staff_value)
                    / (1.0e0 * staff_n * (staff_n - 1))
                )
        end as staff_margin,
        case when not is_suppressed then rank() over (
            partition by customer_measure, is_suppressed
            order by staff_value asc
        ) end as staff_rank,
        case when not is_suppressed then rank() over (
            partition by customer_measure, is_suppressed
            order by customer_value desc
        ) end as customer_rank
    from pain_points_shown
),

-- Every two problems: do staff and customers put them in the same order?
pairs as (
    select
        one.customer_measure,
        sign(one.staff_rank - other.staff_rank) as staff_order,
        sign(one.customer_rank - other.customer_rank) as customer_order
    from pain_points_ranked as one
    inner join pain_points_ranked as other
        on
            one.customer_measure = other.customer_measure
            and one.topic < other.topic
    where not one.is_suppressed and not other.is_suppressed
),

agreements as (
    select
        customer_measure,
        count(*) as pairs,
        sum(staff_order * customer_order) as concordance,
        {{ kendall_tau_b('staff_order', 'customer_order') }} as tau
    from pairs
    group by customer_measure
),

topics_ranked as (
    select
        customer_measure,
        count(*) as topics
    from pain_points_ranked
    where not is_suppressed
    group by customer_measure
),

rows_of_all_kinds as (
    select
        'enps' as kind,
        'none' as customer_measure,
        dimension,
        member,
        period_grain,
        period_start,
        'points' as unit,
        numerator,
        denominator,
        n,
        value,
        ci_low,
        ci_high,
        cast(null as bigint) as staff_rank,
        cast(null as bigint) as customer_rank,
        cast(null as double) as customer_value,
        cast(null as bigint) as customer_n,
        cast(null as double) as customer_ci_low,
        cast(null as double) as customer_ci_high,
        is_suppressed,
        is_wide
    from {{ ref('rpt_metrics') }}
    where
        metric = 'enps'
        and scope = 'relational'
        and scale_id = 'enps'
        and weighting = 'none'
        and dimension in ('all', 'team')
        and period_grain in ('all', 'quarter')
    union all
    select
        'issue_mention_rate' as kind,
        'none' as customer_measure,
        dimension,
        member,
        period_grain,
        period_start,
        'per_agent_week' as unit,
        mentions * 1.0e0 as numerator,
        agent_weeks as denominator,
        mentions as n,
        mentions / agent_weeks as value,
        {{ poisson_low('mentions') }} / agent_weeks as ci_low,
        {{ poisson_high('mentions') }} / agent_weeks as ci_high,
        null as staff_rank,
        null as customer_rank,
        null as customer_value,
        null as customer_n,
        null as customer_ci_low,
        null as customer_ci_high,
        {{ suppressed(
            'people', ['dimension', 'period_grain', 'period_start'], 'member'
        ) }} as is_suppressed,
        mentions < 30 as is_wide
    from mention_rates
    union all
    select
        'pain_point' as kind,
        customer_measure,
        'topic' as dimension,
        topic as member,
        'all' as period_grain,
        span.first_day as period_start,
        'rank' as unit,
        staff_ranks * 1.0e0 as numerator,
        staff_n * 1.0e0 as denominator,
        staff_n as n,
        staff_value as value,
        -- no place is better than the first; greatest() would pass over a blank
        case
            when staff_margin is not null
                then greatest(staff_value - staff_margin, 1)
        end as ci_low,
        staff_value + staff_margin as ci_high,
        staff_rank,
        customer_rank,
        customer_value,
        customer_n,
        {{ wilson_low('customer_value', 'customer_n') }} as customer_ci_low,
        {{ wilson_high('customer_value', 'customer_n') }} as customer_ci_high,
        is_suppressed,
        staff_n < 30 as is_wide
    from pain_points_ranked
    cross join span
    union all
    select
        'rank_agreement' as kind,
        agreements.customer_measure,
        'all' as dimension,
        'all' as member,
        'all' as period_grain,
        span.first_day as period_start,
        'tau' as unit,
        agreements.concordance * 1.0e0 as numerator,
        agreements.pairs * 1.0e0 as denominator,
        topics_ranked.topics as n,
        agreements.tau as value,
        {{ kendall_low('agreements.tau', 'topics_ranked.topics') }} as ci_low,
        {{ kendall_high('agreements.tau', 'topics_ranked.topics') }} as ci_high,
        null as staff_rank,
        null as customer_rank,
        null as customer_value,
        null as customer_n,
        null as customer_ci_low,
        null as customer_ci_high,
        false as is_suppressed,
        topics_ranked.topics < 10 as is_wide
    from agreements
    inner join topics_ranked
        on agreements.customer_measure = topics_ranked.customer_measure
    cross join span
),

final as (
    select
        kind,
        customer_measure,
        dimension,
        member,
        period_grain,
        period_start,
        unit,
        {%- for column in ['numerator', 'denominator'] %}
        case when not is_suppressed then {{ significant(column) }} end as {{ column }},
        {%- endfor %}
        case when not is_suppressed then cast(n as bigint) end as n,
        {%- for column in ['value', 'ci_low', 'ci_high'] %}
        case when not is_suppressed then {{ significant(column) }} end as {{ column }},
        {%- endfor %}
        cast(staff_rank as bigint) as staff_rank,
        cast(customer_rank as bigint) as customer_rank,
        case when not is_suppressed then customer_n end as customer_n,
        {%- for column in ['customer_value', 'customer_ci_low', 'customer_ci_high'] %}
        case when not is_suppressed then {{ significant(column) }} end as {{ column }},
        {%- endfor %}
        is_suppressed,
        is_wide
    from rows_of_all_kinds
)

select * from final
