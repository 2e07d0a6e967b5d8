-- Grain: one row per wording of a survey question, with the time in which it is in force.
-- A new wording ends the one before it, so at any moment a question has one scale.
{{ config(materialized='table') }}

with

questions as (
    select * from {{ ref('accepted_survey_questions') }}
),

questions_in_force as (
    select
        source_system,
        survey_id,
        question_id,
        scale_id,
        wording,
        touchpoint,
        driver,
        is_expectation_of,
        -- headline by default: the questions that are about the whole
        coalesce(
            is_headline,
            driver is null and touchpoint is null and is_expectation_of is null
        ) as is_headline,
        position,
        coalesce(valid_from, timestamp '0001-01-01 00:00:00') as in_force_from,
        least(
            coalesce(valid_to, timestamp '9999-12-31 00:00:00'),
            lead(valid_from, 1, timestamp '9999-12-31 00:00:00') over (
                partition by source_system, survey_id, question_id
                order by valid_from asc nulls first
            )
        ) as in_force_until
    from questions
)

select * from questions_in_force
