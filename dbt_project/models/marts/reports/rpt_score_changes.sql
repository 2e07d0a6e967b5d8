-- Grain: one row per metric, scope, scale, period, dimension and member: what the
-- member added to the change since the period before. Members too small to be shown are
-- one line together, whose part is what the others leave. Touchpoints, brands and
-- surveys are no parts of one whole.
{%- set dimensions = [
    'channel', 'stage', 'environment', 'segment', 'persona', 'country', 'device',
    'language', 'team',
] %}
{%- set of_one_side = ['n', 'share', 'value'] %}

with

totals as (
    select * from {{ ref('int_metric_totals') }}
),

series as (
    select * from {{ ref('int_metric_series') }}
    where weighting = 'none'
),

members as (
    select * from {{ ref('int_metric_members') }}
    where dimension in (
        'all'
        {%- for dimension in dimensions %},
        '{{ dimension }}'
        {%- endfor %}
    )
),

periods as (
    select * from {{ ref('int_metric_periods') }}
    where period_grain in ('month', 'quarter', 'year')
),

disclosures as (
    select * from {{ ref('int_metric_disclosures') }}
),

scales as (
    select * from {{ ref('ref_scales') }}
),

totals_shown as (
    select
        totals.*,
        series.measure,
        series.scope,
        series.scale_id,
        periods.period_grain,
        periods.period_start,
        periods.previous_period_id,
        members.dimension,
        members.member,
        disclosures.is_suppressed,
        scales.min as scale_min,
        scales.step as scale_step
    from totals
    inner join series on totals.series_id = series.series_id
    inner join periods on totals.period_id = periods.period_id
    inner join members on totals.member_id = members.member_id
    inner join disclosures
        on
            totals.series_id = disclosures.series_id
            and totals.member_id = disclosures.member_id
            and totals.period_id = disclosures.period_id
    left join scales on series.scale_id = scales.scale_id
    -- who bought on two channels is a buyer of both: these do not add up to the whole
    where
        not {{ is_measure_with('counts_buyers', 'series.measure') }}
        or members.dimension <> 'channel'
),

scores as (
    select
        published.metric,
        totals.series_id,
        totals.scope,
        totals.scale_id,
        totals.dimension,
        totals.member,
        totals.period_id,
        totals.previous_period_id,
        totals.period_grain,
        totals.period_start,
        totals.is_suppressed,
        totals.n,
        totals.sum_w,
        {{ metric_value(
            'published.kind', coded('mean'), 'totals.scale_min', 'totals.scale_step'
        ) }} as value
    from totals_shown as totals
    inner join {{ published_metrics_table() }}
        on totals.measure = published.measure
    -- events may come from members without anything to set them against
    where published.kind <> 'per_thousand'
),

wholes as (
    select
        here.metric,
        here.series_id,
        here.scope,
        here.scale_id,
        here.period_id,
        here.previous_period_id,
        here.period_grain,
        here.period_start,
        here.value as value_of_whole,
        there.value as previous_value_of_whole,
        here.sum_w as weight_of_whole,
        there.sum_w as previous_weight_of_whole
    from scores as here
    inner join scores as there
        on
            here.previous_period_id = there.period_id
            and here.metric = there.metric
            and here.series_id = there.series_id
            and here.dimension = there.dimension
    where here.dimension = 'all' and not here.is_suppressed and not there.is_suppressed
),

-- Each member of now beside itself of before; either may be missing.
sides as (
    select
        wholes.*,
        now.dimension,
        now.member,
        now.is_suppressed,
        now.n,
        now.sum_w / wholes.weight_of_whole as share,
        now.value,
        cast(null as bigint) as previous_n,
        cast(null as double) as previous_share,
        cast(null as double) as previous_value
    from wholes
    inner join scores as now
        on
            wholes.period_id = now.period_id
            and wholes.metric = now.metric
            and wholes.series_id = now.series_id
    where now.dimension <> 'all'
    union all
    select
        wholes.*,
        earlier.dimension,
        earlier.member,
        earlier.is_suppressed,
        null,
        null,
        null,
        earlier.n,
        earlier.sum_w / wholes.previous_weight_of_whole,
        earlier.value
    from wholes
    inner join scores as earlier
        on
            wholes.previous_period_id = earlier.period_id
            and wholes.metric = earlier.metric
            and wholes.series_id = earlier.series_id
    where earlier.dimension <> 'all'
),

members_compared as (
    select
        metric,
        scope,
        scale_id,
        period_grain,
        period_start,
        dimension,
        member,
        max(value_of_whole) as value_of_whole,
        max(previous_value_of_whole) as previous_value_of_whole,
        max(is_suppressed) as is_suppressed
        {%- for column in of_one_side %},
        max({{ column }}) as {{ column }},
        max(previous_{{ column }}) as previous_{{ column }}
        {%- endfor %}
    from sides
    group by all
),

parts as (
    select
        *,
        {{ rate_part('share', 'value', 'previous_share', 'previous_value') }}
            as rate_part,
        {{ mix_part(
            'coalesce(share, 0)', 'value', 'coalesce(previous_share, 0)',
            'previous_value', 'value_of_whole', 'previous_value_of_whole'
        ) }} as mix_part
    from members_compared
),

-- In the order of the members, so that the last digit does not depend on the plan.
parts_shown as (
    select
        metric,
        scope,
        scale_id,
        period_grain,
        period_start,
        dimension,
        case when is_suppressed then 'suppressed' else member end as member,
        is_suppressed,
        count(*) as members,
        max(value_of_whole) as value_of_whole,
        max(previous_value_of_whole) as previous_value_of_whole,
        {%- for column in of_one_side %}
        max(case when not is_suppressed then {{ column }} end) as {{ column }},
        max(case when not is_suppressed then previous_{{ column }} end)
            as previous_{{ column }},
        {%- endfor %}
        -- both parts of hidden members, with all that is shown, would give them away
        max(case when not is_suppressed then rate_part end) as rate_part,
        max(case when not is_suppressed then mix_part end) as mix_part,
        sum(rate_part + mix_part order by member) as part
    from parts
    group by all
),

final as (
    select
        metric,
        scope,
        scale_id,
        period_grain,
        period_start,
        dimension,
        member,
        is_suppressed,
        cast(members as integer) as members,
        n,
        previous_n,
        {%- for column in [
            'share', 'previous_share', 'value', 'previous_value', 'part', 'rate_part',
            'mix_part',
        ] %}
        {{ significant(column) }} as {{ column }},
        {%- endfor %}
        {{ significant('value_of_whole') }} as value_of_whole,
        {{ significant('previous_value_of_whole') }} as previous_value_of_whole
    from parts_shown
)

select * from final
