-- Grain: one row per version of a question, or of a statement of a matrix. Only one
-- that bears the bare name of its scale, or is of Qualtrics' own kind NPS, is a
-- headline: others ask about a part.
with

asked as (
    {{ qualtrics_asked(source('raw_qualtrics', 'questions')) }}
)

select {{ contract_row('survey_questions', 'qualtrics', {
    'source_system': 'source_system',
    'survey_id': 'survey_id',
    'question_id': 'question_id',
    'scale_id': 'scale_id',
    'wording': 'wording',
    'is_headline': "case when scale_id = question_id or is_nps then 'true' else 'false' end",
    'position': in_record('position'),
    'updated_at': in_record('survey_last_modified'),
}, row_in_record='part') }}
from asked
