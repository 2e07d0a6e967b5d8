-- Grain: one row per version of a conversation. Chatwoot does not tell who opened it,
-- and when it was solved its history tells.
with

conversations_known as (
    {{ chatwoot_conversations() }}
),

final as (
    select
        conversations.*,
        conversations_known.customer_id,
        conversations_known.channel
    from {{ source('raw_chatwoot', 'conversations') }} as conversations
    inner join conversations_known
        on
            conversations.source_system = conversations_known.source_system
            and {{ json_text('conversations.record', 'id') }}
            = conversations_known.conversation_id
)

select {{ contract_row('tickets', 'chatwoot', given=given_or_custom({
    'ticket_id': in_record('id'),
    'source_system': 'source_system',
    'created_at': chatwoot_moment(in_record('created_at')),
    'customer_id': 'customer_id',
    'channel': 'channel',
    'priority': in_record('priority'),
    'status': chatwoot_status(in_record('status')),
    'first_reply_at': chatwoot_moment(in_record('first_reply_created_at')),
    'agent_employee_id': in_record('meta.assignee.id'),
    'team': in_record('meta.team.name'),
    'updated_at': chatwoot_moment(
        first_of([in_record('updated_at'), in_record('last_activity_at')])
    ),
}, 'custom_attributes'), custom=['custom_attributes']) }}
from final
