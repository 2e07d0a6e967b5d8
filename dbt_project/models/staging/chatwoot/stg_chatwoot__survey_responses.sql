-- Grain: one row per time that a rating, 1 to 5, was listed. Its time is that of the
-- first one that was given: Chatwoot does not tell of a change.
with

conversations as (
    {{ chatwoot_conversations() }}
),

responses as (
    select
        responses.*,
        conversations.ticket_id,
        conversations.customer_id,
        conversations.channel
    from {{ source('raw_chatwoot', 'csat_survey_responses') }} as responses
    left join conversations
        on
            responses.source_system = conversations.source_system
            and {{ json_text('responses.record', 'conversation_id') }}
            = conversations.conversation_id
)

select {{ contract_row('survey_responses', 'chatwoot', given={
    'response_id': in_record('id'),
    'survey_id': "'csat_survey'",
    'question_id': "'csat_survey'",
    'source_system': 'source_system',
    'responded_at': chatwoot_moment(in_record('created_at')),
    'score': in_record('rating'),
    'text': in_record('feedback_message'),
    'invitation_id': in_record('message_id'),
    'customer_id': 'customer_id',
    'channel': 'channel',
    'ticket_id': first_of(['ticket_id', in_record('conversation_id')]),
}) }}
from responses
