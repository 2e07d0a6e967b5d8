-- Grain: one row per file of ratings: the question that each of them answers.
select {{ contract_row('survey_questions', 'zendesk', given={
    'survey_id': "'satisfaction_rating'",
    'question_id': "'satisfaction'",
    'source_system': 'source_system',
    'scale_id': "'csat_thumbs'",
}) }}
from ({{ files_of(source('raw_zendesk', 'satisfaction_ratings')) }}) as files
