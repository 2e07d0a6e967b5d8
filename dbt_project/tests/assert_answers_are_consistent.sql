-- A returned row is an answer that contradicts itself (error). Each condition names a
-- promise that the metrics build on: a score has a place on its scale and a category,
-- what is not applicable has neither; what is latest counts.
with

answers as (
    select * from {{ ref('fct_survey_responses') }}
),

faults as (
    select
        answers.answer_key,
        case
            when (answers.score is null) <> (answers.category is null)
                then 'category'
            when answers.score is null and not answers.is_not_applicable then 'no score'
            when answers.is_counted and answers.score is null
                then 'counted without a score'
            when answers.score_scaled not between -1 and 1 then 'outside its scale'
            when answers.is_latest_of_person and not answers.is_counted then 'latest'
            when answers.scope = 'benchmark' and answers.brand is null
                then 'benchmark of nobody'
        end as fault
    from answers
)

select * from faults
where fault is not null
