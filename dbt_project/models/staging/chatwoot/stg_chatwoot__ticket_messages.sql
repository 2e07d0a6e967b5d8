-- Grain: one row per time that a message was read. What was not delivered nobody could
-- read. What Chatwoot notes itself, that somebody solved or assigned, names people: its
-- text is left out.
with

conversations as (
    {{ chatwoot_conversations() }}
),

messages as (
    select
        messages.*,
        conversations.ticket_id,
        conversations.channel,
        {{ json_text('messages.record', 'message_type') }} as message_type,
        {{ json_text_at('messages.record', ['sender', 'type']) }} as sender_type
    from {{ source('raw_chatwoot', 'messages') }} as messages
    left join conversations
        on
            messages.source_system = conversations.source_system
            and {{ json_text('messages.record', 'conversation_id') }}
            = conversations.conversation_id
)

select {{ contract_row('ticket_messages', 'chatwoot', given={
    'message_id': first_of([
        in_record('content_attributes.message_id'), in_record('id'),
    ]),
    'ticket_id': first_of(['ticket_id', in_record('conversation_id')]),
    'source_system': 'source_system',
    'created_at': chatwoot_moment(in_record('created_at')),
    'author_role': "case when message_type = '0' then 'customer' "
        ~ "when message_type = '1' and sender_type = 'user' then 'agent' "
        ~ "when message_type in ('1', '3') then 'bot' when message_type = '2' then 'system' "
        ~ "else message_type end",
    'is_public': "case when " ~ in_record('private') ~ " = 'true' or message_type = '2' or "
        ~ "coalesce(" ~ in_record('status') ~ ", '') = 'failed' then 'false' else 'true' end",
    'channel': 'channel',
    'text': "case when message_type <> '2' then " ~ in_record('content') ~ " end",
    'is_deleted': "case when " ~ in_record('content_attributes.deleted')
        ~ " = 'true' then 'true' end",
}) }}
from messages
