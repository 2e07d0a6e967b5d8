-- Grain: one row per version of a conversation whose rating was asked for.
select {{ contract_row('survey_invitations', 'intercom', given={
    'invitation_id': in_record('id'),
    'survey_id': "'conversation_rating'",
    'source_system': 'source_system',
    'customer_id': 'customer_id',
    'channel': intercom_channel(),
    'sent_at': iso_of_epoch(in_record('conversation_rating.created_at')),
    'completed_at': "case when " ~ in_record('conversation_rating.rating')
        ~ " is not null then " ~ iso_of_epoch(intercom_rated_at()) ~ " end",
    'ticket_id': intercom_ticket_id(),
    'updated_at': iso_of_epoch(in_record('updated_at')),
}) }}
from ({{ intercom_conversations() }}) as conversations
where {{ in_record('conversation_rating.created_at') }} is not null
