-- Grain: one row per file of conversations: the question that each rating answers.
select {{ contract_row('survey_questions', 'intercom', given={
    'survey_id': "'conversation_rating'",
    'question_id': "'conversation_rating'",
    'source_system': 'source_system',
    'scale_id': "'csat'",
}) }}
from ({{ files_of(source('raw_intercom', 'conversations')) }}) as files
