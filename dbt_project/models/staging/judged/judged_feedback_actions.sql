-- Grain: one row per row of feedback_actions that was ever read, with its verdict.
{{ judged(
    'feedback_actions',
    joins=parents('survey_responses', 'response_id'),
    checks=orphan_check('survey_responses', 'response_id')
) }}
