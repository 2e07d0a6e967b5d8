-- Grain: one row per metric, scope, scale, weighting, period and dimension member.
-- A period or a member without a single answer has no row: nothing was measured, and 0
-- would be a score.
{%- set family = ['metric', 'series_id', 'period_id', 'dimension'] %}

with

totals as (
    select * from {{ ref('int_metric_totals') }}
),

disclosures as (
    select * from {{ ref('int_metric_disclosures') }}
),

series as (
    select * from {{ ref('int_metric_series') }}
),

members as (
    select * from {{ ref('int_metric_members') }}
),

periods as (
    select * from {{ ref('int_metric_periods') }}
),

scales as (
    select * from {{ ref('ref_scales') }}
),

targets as (
    select * from {{ ref('ref_targets') }}
),

journeys as (
    select cast(ceil(max(quit_after_days)) as integer) as longest_wait_days
    from {{ ref('ref_journeys') }}
),

totals_published as (
    select
        totals.*,
        series.measure,
        series.scope,
        series.scale_id,
        series.is_suppressible,
        series.is_per_person,
        series.is_clustered,
        disclosures.is_suppressed,
        -- what is hidden is compared with nothing, nor is anything with it
        case when not disclosures.is_suppressed then periods.previous_period_id end
            as comparable_period_id,
        case
            when series.weighting = 'none' then 1
            else {{ weight_units() }}
        end as unit_of_weight,
        scales.min as scale_min,
        scales.step as scale_step
    from totals
    inner join disclosures
        on
            totals.series_id = disclosures.series_id
            and totals.member_id = disclosures.member_id
            and totals.period_id = disclosures.period_id
    inner join series on totals.series_id = series.series_id
    inner join periods on totals.period_id = periods.period_id
    left join scales on series.scale_id = scales.scale_id
    where disclosures.is_fully_weighted
),

-- Each measure under each of its published metrics; mean, v and deviation are of the
-- codes.
metrics_coded as (
    select
        published.metric,
        published.kind,
        coalesce(published.lag_days, journeys.longest_wait_days) as lag_days,
        totals.series_id,
        totals.member_id,
        totals.period_id,
        totals.comparable_period_id,
        totals.scope,
        totals.is_suppressible,
        totals.is_per_person,
        totals.is_clustered,
        totals.is_suppressed,
        totals.scale_min,
        totals.scale_step,
        totals.unit_of_weight,
        totals.n,
        totals.n_persons,
        totals.sum_w,
        totals.kish,
        {{ coded('sum') }} as sum_y,
        {{ coded('mean') }} as mean,
        {{ coded('v') }} as v,
        case
            -- the variance of a Poisson count is the count
            when published.kind = 'per_thousand' then {{ coded('sum') }}
            else {{ coded('deviation') }}
        end as deviation,
        totals.cross_ww,
        {{ coded('cross', '_yy') }} as cross_yy,
        {{ coded('cross', '_yw') }} as cross_yw,
        {{ coded('cross', '_wy') }} as cross_wy
    from totals_published as totals
    inner join {{ published_metrics_table() }}
        on totals.measure = published.measure
    cross join journeys
),

variances as (
    select
        *,
        {{ clustered_variance('n_persons', 'deviation', 'sum_w') }} as variance
    from metrics_coded
),

estimates as (
    select
        *,
        case
            -- one answer per person, or orders and invitations: every one counts in
            -- full
            when not is_clustered then kish
            else {{ clustered_n_effective('v', 'variance', 'kish', 'n_persons') }}
        end as n_effective,
        {{ metric_value('kind', 'mean', 'scale_min', 'scale_step') }} as value,
        case kind
            when 'nps' then 100.0e0
            when 'rate' then 1.0e0
            when 'per_thousand' then 1000.0e0
            else scale_step
        end as value_step,
        -- several answers or visits of a single person say nothing of other people
        case
            when is_clustered and n_persons < 2 then null
            when kind = 'nps' then 'adjusted_wald'
            when kind = 'rate' then 'wilson'
            when kind = 'per_thousand' then 'poisson'
            when n_persons >= 2 then 't'
        end as ci_method
    from variances
),

-- Of codes 1, 0 and -1 the mean is p - d, and v is p + d - (p - d)^2.
margins as (
    select
        *,
        (v + mean * mean + mean) / 2 as promoters,
        (v + mean * mean - mean) / 2 as detractors,
        case
            when ci_method = 't'
                then {{ t_95('n_persons - 1') }} * value_step * sqrt(variance)
        end as t_margin
    from estimates
),

intervals as (
    select
        *,
        -- What a change is tested with: the estimate with the pseudo-answers of its own
        -- interval. Five answers that all agree are not certain.
        case kind
            when 'nps'
                then {{ nps_adjusted_share('promoters', 'n_effective') }}
                    - {{ nps_adjusted_share('detractors', 'n_effective') }}
            when 'rate' then {{ agresti_caffo_share('mean', 'n_effective') }}
            else mean
        end as tested_mean,
        case kind
            when 'nps'
                then {{ nps_variance(
                    nps_adjusted_share('promoters', 'n_effective'),
                    nps_adjusted_share('detractors', 'n_effective')
                ) }} / (n_effective + 3)
            when 'rate' then {{ agresti_caffo_variance('mean', 'n_effective') }}
            else deviation / (sum_w * sum_w)
        end as tested_variance,
        case ci_method
            when 'adjusted_wald'
                then {{ nps_adjusted_wald_low(
                    'promoters', 'detractors', 'n_effective'
                ) }}
            when 'wilson' then {{ wilson_low('mean', 'n_effective') }}
            when 'poisson' then 1000 * {{ poisson_low('sum_y') }} / sum_w
            when 't' then value - t_margin
        end as ci_low,
        case ci_method
            when 'adjusted_wald'
                then {{ nps_adjusted_wald_high(
                    'promoters', 'detractors', 'n_effective'
                ) }}
            when 'wilson' then {{ wilson_high('mean', 'n_effective') }}
            when 'poisson' then 1000 * {{ poisson_high('sum_y') }} / sum_w
            when 't' then value + t_margin
        end as ci_high
    from margins
),

intervals_shown as (
    select * from intervals
    where not is_suppressed
),

-- Influence of a person on a change: what the person adds to this mean less what to the
-- last.
changes as (
    select
        here.*,
        there.value as previous_value,
        here.value - there.value as change,
        here.tested_mean - there.tested_mean as tested_change,
        here.tested_variance + there.tested_variance as variance_apart,
        -- nobody in both periods: nothing shared
        coalesce(
            here.cross_yy
            - there.mean * here.cross_yw
            - here.mean * here.cross_wy
            + here.mean * there.mean * here.cross_ww,
            0
        ) / (here.sum_w * there.sum_w) as covariance,
        least(
            case when here.is_per_person then here.n_persons else here.n end,
            case when there.is_per_person then there.n_persons else there.n end
        ) as fewest_groups
    from intervals as here
    left join intervals_shown as there
        on
            here.comparable_period_id = there.period_id
            and here.metric = there.metric
            and here.series_id = there.series_id
            and here.member_id = there.member_id
),

changes_tested as (
    select
        *,
        {{ z_of_change(
            'tested_change', '(variance_apart - 2 * covariance)', 'variance_apart',
            'fewest_groups'
        ) }} as z
    from changes
),

p_values as (
    select
        *,
        {{ two_sided_p('z') }} as p
    from changes_tested
),

changes_in_family as (
    select
        p_values.metric,
        p_values.series_id,
        p_values.period_id,
        members.dimension,
        p_values.member_id,
        p_values.p
    from p_values
    inner join members on p_values.member_id = members.member_id
    where p_values.p is not null
),

-- Benjamini-Hochberg over the members of one dimension: the smallest, over this and all
-- larger p-values, of p * tests / rank.
changes_ranked as (
    select
        *,
        {{ benjamini_hochberg_step('p', family, 'member_id') }} as p_stepped
    from changes_in_family
),

changes_adjusted as (
    select
        metric,
        series_id,
        period_id,
        member_id,
        {{ benjamini_hochberg('p_stepped', 'p', family, 'member_id') }} as p_adjusted
    from changes_ranked
),

described as (
    select
        p_values.*,
        changes_adjusted.p_adjusted,
        series.scale_id,
        series.weighting,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.as_of_day,
        members.dimension,
        members.member
    from p_values
    inner join series on p_values.series_id = series.series_id
    inner join periods on p_values.period_id = periods.period_id
    inner join members on p_values.member_id = members.member_id
    left join changes_adjusted
        on
            p_values.metric = changes_adjusted.metric
            and p_values.series_id = changes_adjusted.series_id
            and p_values.period_id = changes_adjusted.period_id
            and p_values.member_id = changes_adjusted.member_id
),

rows_shown as (
    select
        metric,
        scope,
        scale_id,
        weighting,
        period_grain,
        period_start,
        dimension,
        member,
        {{ unit_of_kind('kind') }} as unit,
        case
            when kind = 'mean'
                then (scale_min * sum_w + scale_step * sum_y) / unit_of_weight
            else sum_y / unit_of_weight
        end as numerator,
        sum_w / unit_of_weight as denominator,
        n,
        n_persons,
        n_effective,
        value,
        ci_low,
        ci_high,
        ci_method,
        previous_value,
        change,
        p,
        p_adjusted,
        is_suppressed,
        n < 30 as is_wide,
        -- answers still come in about the last days; behaviour is over when its period
        -- is, or so long after it as the registry says
        period_grain <> 'all'
        and period_end + case
            when is_suppressible then {{ var("response_lag_days") }}
            else lag_days
        end * interval '1' day > as_of_day as is_provisional
    from described
    union all
    -- what is no count of units comes computed
    select * from {{ ref('int_metric_ratios') }}
),

final as (
    select
        rows_shown.metric,
        rows_shown.scope,
        rows_shown.scale_id,
        rows_shown.weighting,
        rows_shown.period_grain,
        rows_shown.period_start,
        rows_shown.dimension,
        rows_shown.member,
        rows_shown.unit,
        {%- for column in ['numerator', 'denominator'] %}
        case when not is_suppressed then {{ significant('rows_shown.' ~ column) }} end
            as {{ column }},
        {%- endfor %}
        {%- for column in ['n', 'n_persons'] %}
        case when not is_suppressed then rows_shown.{{ column }} end as {{ column }},
        {%- endfor %}
        {%- for column in ['n_effective', 'value', 'ci_low', 'ci_high'] %}
        case when not is_suppressed then {{ significant('rows_shown.' ~ column) }} end
            as {{ column }},
        {%- endfor %}
        case when not is_suppressed then rows_shown.ci_method end as ci_method,
        {{ significant('rows_shown.previous_value') }} as previous_value,
        {{ significant('rows_shown.change') }} as change,
        {{ significant('rows_shown.p') }} as change_p_value,
        {{ significant('rows_shown.p_adjusted') }} as change_p_adjusted,
        rows_shown.p_adjusted <= 0.05e0 as is_significant,
        rows_shown.is_suppressed,
        rows_shown.is_wide,
        rows_shown.is_provisional,
        targets.target,
        case
            when rows_shown.is_suppressed then null
            when targets.alert_below is null then value > targets.alert_above
            when targets.alert_above is null then value < targets.alert_below
            else value < targets.alert_below or value > targets.alert_above
        end as is_alert
    from rows_shown
    left join targets
        on rows_shown.metric = targets.metric and rows_shown.scope = targets.scope
)

select * from final
