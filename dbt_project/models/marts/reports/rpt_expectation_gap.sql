-- Grain: one row per form, system, wave (or all waves), item, scale and timing of the
-- expectation. People who said only one of the two belong to no pair: they are counted
-- on the rows of their wave.

with

people as (
    select * from {{ ref('int_expectation_pairs') }}
),

-- Over all waves a person's last pair speaks, as in every relational score.
people_in_waves as (
    select
        *,
        survey_id as survey
    from people
    union all
    select
        *,
        'all' as survey
    from people
),

people_ranked as (
    select
        *,
        row_number() over (
            partition by
                form, source_system, survey, item, scale_id, timing, is_pair, person_key
            order by answered_at desc, survey_id desc
        ) as place
    from people_in_waves
),

pairs as (
    select
        form,
        source_system,
        survey,
        item,
        scale_id,
        timing,
        max(driver) as driver,
        max(step) as step,
        count(*) as n,
        count(*) filter (where gap_steps >= 0) as met,
        sum(gap_steps) as gap_sum,
        sum(gap_steps * gap_steps) as gap_squares,
        sum(cast(expected as decimal(18, 6))) as expected_sum,
        sum(cast(perceived as decimal(18, 6))) as perceived_sum,
        count(*) filter (where is_at_ceiling) as at_ceiling
    from people_ranked
    where place = 1 and is_pair
    group by form, source_system, survey, item, scale_id, timing
),

unmatched as (
    select
        form,
        source_system,
        survey,
        item,
        count(*) filter (where has_expectation) as unmatched_expectations,
        count(*) filter (where has_experience) as unmatched_experiences
    from people_ranked
    where place = 1 and not is_pair
    group by form, source_system, survey, item
),

pairs_judged as (
    select
        pairs.*,
        case
            when pairs.survey <> 'all'
                then {{ suppressed(
                    'pairs.n',
                    [
                        'pairs.form', 'pairs.source_system', 'pairs.item',
                        'pairs.scale_id', 'pairs.timing',
                        "case when pairs.survey = 'all' then 0 else 1 end",
                    ],
                    'pairs.survey'
                ) }}
            else pairs.n < {{ var('min_cell') }}
        end as is_suppressed,
        coalesce(unmatched.unmatched_expectations, 0) as unmatched_expectations,
        coalesce(unmatched.unmatched_experiences, 0) as unmatched_experiences
    from pairs
    left join unmatched
        on
            pairs.form = unmatched.form
            and pairs.source_system = unmatched.source_system
            and pairs.survey = unmatched.survey
            and pairs.item = unmatched.item
),

estimates as (
    select
        *,
        met * 1.0e0 / n as value,
        step * gap_sum / n as gap_mean,
        step * sqrt(
            (gap_squares - 1.0e0 * gap_sum * gap_sum / n) / nullif(n - 1, 0) / n
        ) as gap_standard_error,
        cast(expected_sum as double) / n as expected_mean,
        cast(perceived_sum as double) / n as perceived_mean,
        case when form = 'paired' then at_ceiling * 1.0e0 / n end as ceiling_share
    from pairs_judged
),

intervals as (
    select
        *,
        {{ wilson_low('value', 'n') }} as ci_low,
        {{ wilson_high('value', 'n') }} as ci_high,
        gap_mean - {{ t_95('n - 1') }} * gap_standard_error as gap_ci_low,
        gap_mean + {{ t_95('n - 1') }} * gap_standard_error as gap_ci_high
    from estimates
),

final as (
    select
        form,
        source_system,
        survey,
        item,
        scale_id,
        timing,
        driver,
        'rate' as unit,
        {%- for column in [
            'met', 'n', 'unmatched_expectations', 'unmatched_experiences',
        ] %}
        case when not is_suppressed then cast({{ column }} as bigint) end
            as {{ 'numerator' if column == 'met' else column }},
        {%- endfor %}
        case when not is_suppressed then cast(n as bigint) end as denominator,
        {%- for column in [
            'value', 'ci_low', 'ci_high', 'gap_mean', 'gap_ci_low', 'gap_ci_high',
            'expected_mean', 'perceived_mean', 'ceiling_share',
        ] %}
        case when not is_suppressed then {{ significant(column) }} end as {{ column }},
        {%- endfor %}
        case when not is_suppressed then ceiling_share >= 0.5e0 end
            as is_ceiling_bound,
        is_suppressed,
        n < 30 as is_wide
    from intervals
)

select * from final
