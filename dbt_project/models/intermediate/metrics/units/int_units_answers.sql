-- Grain: one row per counted answer, once unweighted and once for each weighting it
-- has.

with

answers as (
    select * from {{ ref('fct_survey_responses') }}
    where is_counted and metric in (
        'nps', 'enps', 'product_nps', 'csat', 'ces', 'fcr_survey',
        'would_have_called'
    )
),

questions as (
    select * from {{ ref('ref_questions') }}
),

scales as (
    select * from {{ ref('ref_scales') }}
),

survey_weights as (
    select * from {{ source('analytics', 'survey_weights') }}
),

-- A question about one touchpoint is reported under that touchpoint and nowhere else. A
-- driver question merely inherits the touchpoint of its contact; an expectation is not
-- an experience.
answers_placed as (
    select
        answers.*,
        {{ local_date('answers.period_at') }} as day,
        case
            when answers.is_headline or questions.question_id is null
                then answers.touchpoint
            when questions.is_expectation_of is null then questions.touchpoint
        end as own_touchpoint
    from answers
    left join questions
        on
            answers.source_system = questions.source_system
            and answers.survey_id = questions.survey_id
            and answers.question_id = questions.question_id
            and answers.responded_at >= questions.in_force_from
            and answers.responded_at < questions.in_force_until
),

answers_coded as (
    select
        answers.answer_key,
        answers.metric as measure,
        answers.scope,
        answers.scale_id,
        answers.person_key,
        answers.day,
        answers.is_headline,
        answers.weight,
        case
            when answers.category in ('promoter', 'top') then 1
            when answers.category = 'detractor' then -1
            else 0
        end as y_main,
        cast(round((answers.score - scales.min) / scales.step) as integer) as y_score,
        case when answers.category = 'bottom' then 1 else 0 end as y_low,
        -- a person's relational score is the last one of the period (metrics.md 2.0)
        case
            when answers.scope = 'transactional' then date '9999-12-31'
            else lead(answers.day, 1, date '9999-12-31') over (
                partition by
                    answers.person_key,
                    answers.metric,
                    answers.scope,
                    answers.scale_id,
                    case when answers.scope = 'benchmark' then answers.brand end,
                    answers.is_headline,
                    case when not answers.is_headline then answers.own_touchpoint end
                order by answers.responded_at asc, answers.answer_key asc
            )
        end as superseded_on,
        answers.channel,
        answers.own_touchpoint as touchpoint,
        answers.stage,
        answers.environment,
        answers.segment,
        answers.persona,
        answers.country,
        answers.device,
        answers.language,
        answers.team,
        case
            when answers.scope = 'benchmark' then answers.brand
            else nullif({{ own_brand() }}, '')
        end as brand,
        answers.survey_id as survey
    from answers_placed as answers
    inner join scales on answers.scale_id = scales.scale_id
    where answers.is_headline or answers.own_touchpoint is not null
),

answers_weighted as (
    select
        *,
        'none' as weighting,
        1 as weight_units
    from answers_coded
    union all
    select
        *,
        'given' as weighting,
        round(weight * {{ weight_units() }}) as weight_units
    from answers_coded
    where weight is not null
    union all
    select
        answers_coded.*,
        survey_weights.weighting,
        round(survey_weights.weight * {{ weight_units() }}) as weight_units
    from answers_coded
    inner join survey_weights
        on answers_coded.answer_key = survey_weights.answer_key
),

final as (
    select
        {{ metric_unit({
            'measure': 'measure',
            'scope': 'scope',
            'scale_id': 'scale_id',
            'weighting': 'weighting',
            'person_key': 'person_key',
            'day': 'day',
            'superseded_on': 'superseded_on',
            'is_headline': 'is_headline',
            'weight': 'weight_units',
            'y_main': 'y_main',
            'y_score': 'y_score',
            'y_low': 'y_low',
        }, dimensions=metric_dimensions()) }}
    from answers_weighted
)

select * from final
