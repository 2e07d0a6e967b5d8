-- Grain: one row per time that a message with which a rating was asked for was read.
with

conversations as (
    {{ chatwoot_conversations() }}
),

responses as (
    select
        source_system,
        {{ in_record('message_id') }} as message_id,
        {{ in_record('created_at') }} as rated_at
    from {{ newest_rows(
        source('raw_chatwoot', 'csat_survey_responses'),
        'source_system, ' ~ in_record('message_id')
    ) }}
),

messages as (
    select
        messages.*,
        conversations.ticket_id,
        conversations.customer_id,
        conversations.channel,
        responses.rated_at
    from {{ source('raw_chatwoot', 'messages') }} as messages
    left join conversations
        on
            messages.source_system = conversations.source_system
            and {{ json_text('messages.record', 'conversation_id') }}
            = conversations.conversation_id
    left join responses
        on
            messages.source_system = responses.source_system
            and {{ json_text('messages.record', 'id') }} = responses.message_id
    where {{ json_text('messages.record', 'content_type') }} = 'input_csat'
)

select {{ contract_row('survey_invitations', 'chatwoot', given={
    'invitation_id': in_record('id'),
    'survey_id': "'csat_survey'",
    'source_system': 'source_system',
    'customer_id': 'customer_id',
    'channel': 'channel',
    'sent_at': chatwoot_moment(in_record('created_at')),
    'completed_at': chatwoot_moment('rated_at'),
    'ticket_id': 'ticket_id',
}) }}
from messages
