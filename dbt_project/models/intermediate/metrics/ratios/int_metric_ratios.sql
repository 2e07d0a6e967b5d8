-- Grain: one row per metric, period and dimension member, of the metrics that are a
-- ratio of two sums over customers and not a mean of answers or events: with the
-- columns under which rpt_metrics unites it.
-- The change is tested like that of a score: by what each customer adds to it, summed
-- over both periods, for most of them are there in both.
{%- set dimensions = ['segment', 'persona', 'country'] %}
{%- set family = ['metric', 'period_grain', 'period_start', 'dimension'] %}

with

units as (
    select * from {{ ref('int_ratios_subscriptions') }}
),

-- Of ratios of money: 2,000 resamples of the customers (analytics/bootstrap.py).
intervals as (
    select * from {{ source('analytics', 'ratio_intervals') }}
),

units_compared as (
    select
        here.*,
        there.x as x_there,
        there.y as y_there
    from units as here
    left join units as there
        on
            here.metric = there.metric
            and here.unit_key = there.unit_key
            and here.period_grain = there.period_grain
            and here.previous_start = there.period_start
),

-- A split of which nothing is known would only repeat the total.
dimensions_known as (
    select
        true as knows_all
        {%- for dimension in dimensions %},
        count({{ dimension }}) > 0 as knows_{{ dimension }}
        {%- endfor %}
    from units
),

units_by_member as (
    {% for dimension in ['all'] + dimensions -%}
    select
        units.metric,
        units.period_grain,
        units.period_start,
        units.previous_start,
        units.is_provisional,
        '{{ dimension }}' as dimension,
        {% if dimension == 'all' -%} 'all'
        {%- else -%} coalesce(units.{{ dimension }}, 'unknown')
        {%- endif %} as member,
        units.x,
        units.y,
        units.x_there,
        units.y_there
    from units_compared as units
    cross join dimensions_known as known
    where known.knows_{{ dimension }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

-- Decimals and their products are exact: neither order nor threads change a digit.
sums as (
    select
        metric,
        period_grain,
        period_start,
        previous_start,
        is_provisional,
        dimension,
        member,
        count(*) as n,
        sum(x) as x,
        sum(y) as y,
        cast(sum(y * y) as double) as yy,
        cast(sum(x * y) as double) as xy,
        cast(sum(x * x) as double) as xx,
        cast(coalesce(sum(y * y_there), 0) as double) as cross_yy,
        cast(coalesce(sum(y * x_there), 0) as double) as cross_yx,
        cast(coalesce(sum(x * y_there), 0) as double) as cross_xy,
        cast(coalesce(sum(x * x_there), 0) as double) as cross_xx
    from units_by_member
    group by
        metric, period_grain, period_start, previous_start, is_provisional, dimension,
        member
),

-- Where there was no revenue at the start there is nothing to keep: null, not 1.
estimates as (
    select
        *,
        1.0e0 * y / nullif(x, 0) as value,
        metric in ('logo_churn_rate', 'reactivation_rate') as is_proportion
    from sums
),

deviations as (
    select
        *,
        {{ clustered_deviation('yy', 'xy', 'xx', 'value') }} / nullif(1.0e0 * x * x, 0)
            as variance_apart
    from estimates
),

changes as (
    select
        here.*,
        there.value as previous_value,
        here.value - there.value as change,
        here.variance_apart + there.variance_apart - 2 * (
            here.cross_yy
            - there.value * here.cross_yx
            - here.value * here.cross_xy
            + here.value * there.value * here.cross_xx
        ) / nullif(1.0e0 * here.x * there.x, 0) as variance_of_change,
        here.variance_apart + there.variance_apart as variance_of_both,
        least(here.n, there.n) as fewest
    from deviations as here
    left join deviations as there
        on
            here.metric = there.metric
            and here.period_grain = there.period_grain
            and here.previous_start = there.period_start
            and here.dimension = there.dimension
            and here.member = there.member
),

changes_tested as (
    select
        *,
        {{ z_of_change(
            'change', 'variance_of_change', 'variance_of_both', 'fewest'
        ) }} as z
    from changes
),

p_values as (
    select
        *,
        {{ two_sided_p('z') }} as p
    from changes_tested
),

p_values_stepped as (
    select
        *,
        {{ benjamini_hochberg_step('p', family, 'member') }} as p_stepped
    from p_values
),

p_values_adjusted as (
    select
        *,
        {{ benjamini_hochberg('p_stepped', 'p', family, 'member') }} as p_adjusted
    from p_values_stepped
),

final as (
    select
        ratios.metric,
        'all' as scope,
        'all' as scale_id,
        'none' as weighting,
        ratios.period_grain,
        ratios.period_start,
        ratios.dimension,
        ratios.member,
        'rate' as unit,
        cast(ratios.y as double) as numerator,
        cast(ratios.x as double) as denominator,
        ratios.n,
        -- subscribers may be accounts, of several people
        cast(null as bigint) as n_persons,
        case when ratios.is_proportion then 1.0e0 * ratios.n end as n_effective,
        ratios.value,
        case
            when ratios.is_proportion then {{ wilson_low('ratios.value', 'ratios.n') }}
            else intervals.ci_low
        end as ci_low,
        case
            when ratios.is_proportion then {{ wilson_high('ratios.value', 'ratios.n') }}
            else intervals.ci_high
        end as ci_high,
        case
            when ratios.is_proportion then 'wilson'
            when intervals.ci_low is not null then 'bootstrap'
        end as ci_method,
        ratios.previous_value,
        ratios.change,
        ratios.p,
        ratios.p_adjusted,
        -- behaviour and money are not hidden
        false as is_suppressed,
        ratios.n < 30 as is_wide,
        ratios.is_provisional
    from p_values_adjusted as ratios
    left join intervals
        on
            ratios.metric = intervals.metric
            and ratios.period_grain = intervals.period_grain
            and ratios.period_start = intervals.period_start
            and ratios.dimension = intervals.dimension
            and ratios.member = intervals.member
)

select * from final
