-- Grain: one row per survey, column known of people who answered and of those who might
-- have, and member of it. Against whom: the people asked who did not answer, or the
-- survey's frame. analytics.nonresponse is computed from it.
{%- set columns = ['segment', 'country', 'language', 'persona'] %}

with

invitations as (
    select * from {{ ref('int_invitations_answered') }}
    where is_eligible and not is_bounced
),

answers_stratified as (
    select * from {{ ref('int_answers_stratified') }}
    where stratum is not null
),

answers as (
    select
        answer_key,
        person_key
    from {{ ref('fct_survey_responses') }}
),

invited as (
    {% for column in columns -%}
    select
        survey_id,
        'invited' as basis,
        '{{ column }}' as known_column,
        {{ column }} as member,
        cast(count(*) filter (where is_completed) as double) as answered,
        cast(count(*) filter (where not is_completed) as double) as compared_with
    from invitations
    where {{ column }} is not null
    group by survey_id, {{ column }}
    union all
    {% endfor -%}
    select
        strata.survey_id,
        'frame' as basis,
        strata.dimension as known_column,
        strata.stratum as member,
        -- a person counts once, however many questions the survey has
        cast(count(distinct answers.person_key) as double) as answered,
        max(strata.population) as compared_with
    from answers_stratified as strata
    left join answers on strata.answer_key = answers.answer_key
    group by strata.survey_id, strata.dimension, strata.stratum
)

select * from invited
