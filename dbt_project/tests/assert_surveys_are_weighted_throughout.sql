-- A returned row is a survey that has weights on some of its answers only, because a
-- later load brought the first weights. A finding about the source (warn): such periods
-- are published unweighted, so no number is wrong.
{{ config(severity='warn') }}

select
    source_system,
    survey_id,
    count(*) as answers,
    count(weight) as weighted_answers
from {{ ref('fct_survey_responses') }}
group by source_system, survey_id
having count(weight) not in (0, count(*))
