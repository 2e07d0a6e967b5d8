-- Grain: one row per version of a completed response and question that it answers with
-- a score, a text or a choice, and per answer that a later version has no more, which
-- is withdrawn. A custom variable that bears the name of a column is that column.
with

final as (
    {{ surveymonkey_answers() }}
)

select {{ contract_row('survey_responses', 'surveymonkey', {
    'source_system': 'source_system',
    'response_id': in_record('id'),
    'survey_id': 'survey_id',
    'question_id': 'question_id',
    'responded_at': in_record('date_created'),
    'score': 'score',
    'text': 'text',
    'selected': 'selected',
    'is_not_applicable': 'is_not_applicable',
    'email': first_of([
        in_record('custom_variables.email'),
        in_record('email_address'),
        in_record('metadata.contact.email.value'),
        'only_email'
    ]),
    'phone': first_of([in_record('custom_variables.phone'), 'only_phone']),
    'language': first_of([
        in_record('custom_variables.language'), in_record('metadata.respondent.language.value')
    ]),
    'updated_at': in_record('date_modified'),
    'is_deleted': "case when not is_said then 'true' end",
}, row_in_record='place', custom=['custom_variables']) }}
from final
