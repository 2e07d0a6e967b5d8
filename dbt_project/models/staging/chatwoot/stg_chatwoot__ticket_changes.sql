-- Grain: one row per time that a conversation was solved, opened again or handed over
-- by a bot, as often as it was read.
with

conversations as (
    {{ chatwoot_conversations() }}
),

events as (
    select
        events.*,
        conversations.ticket_id,
        case {{ json_text('events.record', 'name') }}
            when 'conversation_resolved' then 'resolved'
            when 'conversation_opened' then 'open'
            when 'conversation_bot_handoff' then 'open'
        end as state
    from {{ source('raw_chatwoot', 'reporting_events') }} as events
    left join conversations
        on
            events.source_system = conversations.source_system
            and {{ json_text('events.record', 'conversation_id') }}
            = conversations.conversation_id
)

select {{ contract_row('ticket_changes', 'chatwoot', given={
    'ticket_id': first_of(['ticket_id', in_record('conversation_id')]),
    'changed_at': in_record('event_end_time'),
    'source_system': 'source_system',
    'status': chatwoot_status('state'),
}) }}
from events
where state is not null
