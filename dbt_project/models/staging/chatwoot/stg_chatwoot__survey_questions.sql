-- Grain: one row per file of ratings: the question that each of them answers.
select {{ contract_row('survey_questions', 'chatwoot', given={
    'survey_id': "'csat_survey'",
    'question_id': "'csat_survey'",
    'source_system': 'source_system',
    'scale_id': "'csat'",
}) }}
from ({{ files_of(source('raw_chatwoot', 'csat_survey_responses')) }}) as files
