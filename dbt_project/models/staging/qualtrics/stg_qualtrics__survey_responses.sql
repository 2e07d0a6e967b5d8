-- Grain: one row per recorded response and question that was answered with a score, a
-- text or a choice. An embedded data field that bears a name of the contract is that
-- column. What is read again replaces what was read before: Qualtrics does not say when
-- a response was edited.
with

answers as (
    {{ qualtrics_answers() }}
),

final as (
    select * from answers
    where
        concat_ws('', score, text, selected) <> ''
        and {{ qualtrics_counts() }}
)

select {{ contract_row('survey_responses', 'qualtrics', {
    'source_system': 'source_system',
    'response_id': in_record('responseId'),
    'survey_id': 'survey_id',
    'question_id': 'question_id',
    'responded_at': in_record('values.endDate'),
    'score': 'score',
    'text': 'text',
    'selected': 'selected',
    'customer_id': first_of([
        in_record('values.customer_id'), in_record('values.externalDataReference'),
    ]),
    'email': first_of([in_record('values.email'), in_record('values.recipientEmail')]),
    'channel': first_of([
        in_record('values.channel'), qualtrics_channel(in_record('values.distributionChannel')),
    ]),
    'language': first_of([
        in_record('values.language'), 'lower(left(' ~ in_record('values.userLanguage') ~ ', 2))',
    ]),
    'submitted_by': "case when " ~ in_record('values.status')
    ~ " in ('1', '2', '17') then 'test' else " ~ in_record('values.submitted_by') ~ " end",
    'updated_at': 'cast(null as varchar)',
    'is_deleted': 'cast(null as varchar)',
}, row_in_record='place', custom=['values']) }}
from final
