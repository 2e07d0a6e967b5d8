-- Grain: one row per version of a conversation that was rated, 1 to 5.
select {{ contract_row('survey_responses', 'intercom', given={
    'response_id': in_record('id'),
    'survey_id': "'conversation_rating'",
    'question_id': "'conversation_rating'",
    'source_system': 'source_system',
    'responded_at': iso_of_epoch(intercom_rated_at()),
    'score': in_record('conversation_rating.rating'),
    'text': in_record('conversation_rating.remark'),
    'invitation_id': in_record('id'),
    'customer_id': 'customer_id',
    'channel': intercom_channel(),
    'ticket_id': intercom_ticket_id(),
    'updated_at': iso_of_epoch(in_record('updated_at')),
}) }}
from ({{ intercom_conversations() }}) as conversations
where {{ in_record('conversation_rating.rating') }} is not null
