-- Grain: one row per person, brand, panel question, period and weighting: the answers
-- that brands may be compared by. A panel is a survey that asks about rivals; what its
-- people say of the own brand is the only fair comparison (metrics.md 2.31).

with

answers as (
    select
        *,
        case when scope = 'benchmark' then brand else 'own' end as about_brand
    from {{ ref('fct_survey_responses') }}
    -- "does not apply" is kept: it tells who of the panel does not know the brand
    where metric = 'nps' and is_headline and (is_counted or is_not_applicable)
),

panels as (
    select
        source_system,
        survey_id,
        question_id,
        scale_id
    from answers
    where scope = 'benchmark'
    group by source_system, survey_id, question_id, scale_id
),

answers_in_panel as (
    select answers.*
    from answers
    inner join panels
        on
            answers.source_system = panels.source_system
            and answers.survey_id = panels.survey_id
            and answers.question_id = panels.question_id
            and answers.scale_id = panels.scale_id
    where answers.scope in ('benchmark', 'relational')
),

answers_in_periods as (
    select
        *,
        'all' as period_grain,
        min({{ local_date('responded_at') }}) over (
            partition by source_system, survey_id, question_id, scale_id
        ) as period_start
    from answers_in_panel
    union all
    select
        *,
        'quarter' as period_grain,
        {{ period_start('quarter', local_date('responded_at')) }} as period_start
    from answers_in_panel
),

answers_ranked as (
    select
        *,
        row_number() over (
            partition by
                source_system, survey_id, question_id, scale_id, period_grain,
                period_start, about_brand, person_key
            order by responded_at desc, answer_key desc
        ) as place
    from answers_in_periods
),

answers_last as (
    select
        *,
        -- a period that mixes weighted and unweighted answers is shown unweighted only
        count(*) filter (where weight is null) over (
            partition by
                source_system, survey_id, question_id, scale_id, period_grain,
                period_start
        ) = 0 as is_fully_weighted
    from answers_ranked
    where place = 1
),

final as (
    select
        source_system,
        survey_id,
        question_id,
        scale_id,
        period_grain,
        period_start,
        about_brand,
        person_key,
        category,
        'none' as weighting,
        cast(1 as bigint) as weight
    from answers_last
    union all
    select
        source_system,
        survey_id,
        question_id,
        scale_id,
        period_grain,
        period_start,
        about_brand,
        person_key,
        category,
        'given' as weighting,
        cast(round(weight * {{ weight_units() }}) as bigint) as weight
    from answers_last
    where is_fully_weighted
)

select * from final
