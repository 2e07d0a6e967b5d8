-- Grain: one row per kind, panel question, weighting, period, rival and reason; what a
-- kind does not have is `all` (no survey, no reason) or `none` (no weighting).
-- A brand is compared only within one panel, question and period. Whoever rated both
-- brands ties their scores together, which the test leaves out of account: it errs on
-- the side of no difference.
{%- set panel = [
    'source_system', 'survey_id', 'question_id', 'scale_id', 'weighting',
    'period_grain', 'period_start',
] %}

with

answers as (
    select * from {{ ref('int_panel_answers') }}
),

losses as (
    select * from {{ ref('int_lost_to_rivals') }}
),

brands as (
    select
        {%- for column in panel %}
        {{ column }},
        {%- endfor %}
        about_brand,
        count(*) filter (where category is not null) as n,
        sum(weight) filter (where category is not null) as w,
        sum({{ exact_product('weight', 'weight') }}) filter (
            where category is not null
        ) as ww,
        coalesce(sum(weight) filter (where category = 'promoter'), 0) as promoters,
        coalesce(sum(weight) filter (where category = 'detractor'), 0) as detractors
    from answers
    group by all
),

-- Who of the panel knows a brand can be said only where people are told apart: where
-- somebody was asked about more than one.
panel_people as (
    select
        {%- for column in panel %}
        {{ column }},
        {%- endfor %}
        count(*) as people,
        bool_or(answers > 1) as are_told_apart
    from (
        select
            {%- for column in panel %}
            {{ column }},
            {%- endfor %}
            person_key,
            count(*) as answers
        from answers
        group by all
    ) as people_asked
    group by all
),

brands_scored as (
    select
        *,
        promoters * 1.0e0 / nullif(w, 0) as p,
        detractors * 1.0e0 / nullif(w, 0) as d,
        {{ kish_n_effective('w', 'ww') }} as n_effective
    from brands
),

brands_estimated as (
    select
        *,
        {{ nps('p', 'd') }} as score,
        {{ nps_adjusted_share('p', 'n_effective') }} as p_adjusted,
        {{ nps_adjusted_share('d', 'n_effective') }} as d_adjusted
    from brands_scored
),

rivals_compared as (
    select
        {%- for column in panel %}
        rivals.{{ column }},
        {%- endfor %}
        rivals.about_brand as rival,
        own.n as own_n,
        rivals.n as rival_n,
        own.n_effective as own_n_effective,
        rivals.n_effective as rival_n_effective,
        own.score as own_value,
        rivals.score as rival_value,
        own.score - rivals.score as value,
        {{ nps('own.p_adjusted', 'own.d_adjusted') }}
        - {{ nps('rivals.p_adjusted', 'rivals.d_adjusted') }} as centre,
        100 * sqrt(
            {{ nps_variance('own.p_adjusted', 'own.d_adjusted') }}
            / (own.n_effective + 3)
            + {{ nps_variance('rivals.p_adjusted', 'rivals.d_adjusted') }}
            / (rivals.n_effective + 3)
        ) as standard_error,
        case when panel_people.are_told_apart then panel_people.people end
            as panel_people,
        least(own.n, rivals.n) as fewest
    from brands_estimated as rivals
    inner join brands_estimated as own
        on
            {%- for column in panel %}
            {{ 'and ' if not loop.first }}rivals.{{ column }} = own.{{ column }}
            {%- endfor %}
            and own.about_brand = 'own'
    inner join panel_people
        on
            {%- for column in panel %}
            {{ 'and ' if not loop.first -}}
            rivals.{{ column }} = panel_people.{{ column }}
            {%- endfor %}
    where rivals.about_brand <> 'own' and rivals.n > 0 and own.n > 0
),

rivals_tested as (
    select
        *,
        greatest(centre - {{ z_95() }} * standard_error, -200.0e0) as ci_low,
        least(centre + {{ z_95() }} * standard_error, 200.0e0) as ci_high,
        centre / standard_error as z,
        {{ suppressed(
            'fewest',
            [
                'source_system', 'survey_id', 'question_id', 'scale_id', 'weighting',
                'period_grain', 'rival',
            ],
            'period_start'
        ) }} as is_suppressed
    from rivals_compared
),

scores_compared as (
    select
        'relative_nps' as kind,
        source_system,
        survey_id as survey,
        question_id,
        scale_id,
        weighting,
        period_grain,
        period_start,
        rival,
        'all' as reason,
        'points' as unit,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        own_n + rival_n as n,
        own_n,
        rival_n,
        own_value,
        rival_value,
        value,
        ci_low,
        ci_high,
        z,
        {{ two_sided_p('z') }} as p_value,
        is_suppressed,
        fewest < 30 as is_wide
    from rivals_tested
),

-- Of the people of a panel, those who know the brand well enough to rate it.
experience_shares as (
    select
        'experiencer_share' as kind,
        source_system,
        survey_id as survey,
        question_id,
        scale_id,
        weighting,
        period_grain,
        period_start,
        rival,
        'all' as reason,
        'rate' as unit,
        rival_n * 1.0e0 as numerator,
        panel_people * 1.0e0 as denominator,
        panel_people as n,
        own_n,
        rival_n,
        own_n * 1.0e0 / panel_people as own_value,
        rival_n * 1.0e0 / panel_people as rival_value,
        rival_n * 1.0e0 / panel_people as value,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        cast(null as double) as z,
        cast(null as double) as p_value,
        is_suppressed,
        panel_people < 30 as is_wide
    from rivals_tested
    where weighting = 'none' and panel_people is not null
),

losses_in_periods as (
    select
        kind,
        rival,
        reason,
        'all' as period_grain,
        min({{ local_date('lost_at') }}) over (partition by kind) as period_start
    from losses
    union all
    select
        kind,
        rival,
        reason,
        'quarter' as period_grain,
        {{ period_start('quarter', local_date('lost_at')) }} as period_start
    from losses
),

-- A loss without a named rival stays in the denominator: the share is a lower bound.
losses_counted as (
    select
        kind,
        period_grain,
        period_start,
        count(*) as losses
    from losses_in_periods
    group by kind, period_grain, period_start
),

losses_to_rivals as (
    select
        kind,
        period_grain,
        period_start,
        rival,
        count(*) as losses,
        count(reason) as reasons
    from losses_in_periods
    where rival is not null
    group by kind, period_grain, period_start, rival
),

switches as (
    select
        losses_to_rivals.kind,
        losses_to_rivals.period_grain,
        losses_to_rivals.period_start,
        losses_to_rivals.rival,
        'all' as reason,
        losses_to_rivals.losses as numerator,
        losses_counted.losses as denominator
    from losses_to_rivals
    inner join losses_counted
        on
            losses_to_rivals.kind = losses_counted.kind
            and losses_to_rivals.period_grain = losses_counted.period_grain
            and losses_to_rivals.period_start = losses_counted.period_start
    union all
    -- why they went to this rival, of those who gave a reason
    select
        reasons.kind,
        reasons.period_grain,
        reasons.period_start,
        reasons.rival,
        reasons.reason,
        count(*) as numerator,
        min(losses_to_rivals.reasons) as denominator
    from losses_in_periods as reasons
    inner join losses_to_rivals
        on
            reasons.kind = losses_to_rivals.kind
            and reasons.period_grain = losses_to_rivals.period_grain
            and reasons.period_start = losses_to_rivals.period_start
            and reasons.rival = losses_to_rivals.rival
    where reasons.reason is not null
    group by
        reasons.kind,
        reasons.period_grain,
        reasons.period_start,
        reasons.rival,
        reasons.reason
),

switch_shares as (
    select
        kind,
        'all' as source_system,
        'all' as survey,
        'all' as question_id,
        'all' as scale_id,
        'none' as weighting,
        period_grain,
        period_start,
        rival,
        reason,
        'rate' as unit,
        numerator * 1.0e0 as numerator,
        denominator * 1.0e0 as denominator,
        denominator as n,
        cast(null as bigint) as own_n,
        cast(null as bigint) as rival_n,
        cast(null as double) as own_value,
        cast(null as double) as rival_value,
        numerator * 1.0e0 / denominator as value,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        cast(null as double) as z,
        cast(null as double) as p_value,
        -- what people did, not what they answered
        false as is_suppressed,
        denominator < 30 as is_wide
    from switches
),

rows_of_all_kinds as (
    select * from scores_compared
    union all
    select * from experience_shares
    union all
    select * from switch_shares
),

rows_with_interval as (
    select
        *,
        case when unit = 'rate' then {{ wilson_low('value', 'n') }} else ci_low end
            as shown_low,
        case when unit = 'rate' then {{ wilson_high('value', 'n') }} else ci_high end
            as shown_high
    from rows_of_all_kinds
),

final as (
    select
        kind,
        source_system,
        survey,
        question_id,
        scale_id,
        weighting,
        period_grain,
        period_start,
        rival,
        reason,
        unit,
        {%- for column in ['numerator', 'denominator'] %}
        case when not is_suppressed then {{ significant(column) }} end as {{ column }},
        {%- endfor %}
        {%- for column in ['n', 'own_n', 'rival_n'] %}
        case when not is_suppressed then cast({{ column }} as bigint) end
            as {{ column }},
        {%- endfor %}
        {%- for column, published in {
            'own_value': 'own_value',
            'rival_value': 'rival_value',
            'value': 'value',
            'shown_low': 'ci_low',
            'shown_high': 'ci_high',
            'z': 'z',
            'p_value': 'p_value',
        }.items() %}
        case when not is_suppressed then {{ significant(column) }} end
            as {{ published }},
        {%- endfor %}
        case when not is_suppressed then p_value <= 0.05e0 end as is_significant,
        is_suppressed,
        is_wide
    from rows_with_interval
)

select * from final
