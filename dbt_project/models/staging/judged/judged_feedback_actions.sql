-- Grain: one row per row of feedback_actions that was ever read, with its verdict.
-- An answer that was judged anew may have become a parent, or none.
{% set anew %}
    select actions.key_hash
    from {{ this }} as actions
    inner join {{ ref('judged_survey_responses') }} as answers
        on actions.response_id = answers.response_id
    where answers.changed_in_load > {{ newest_in(this, 'changed_in_load') }}
    group by actions.key_hash
{% endset %}
{{ judged(
    'feedback_actions',
    joins=parents('survey_responses', 'response_id'),
    checks=orphan_check('survey_responses', 'response_id'),
    anew=anew
) }}
