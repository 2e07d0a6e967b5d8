-- Grain: one row per message, as often as it was read: what a ticket began with, and
-- what was said in it later. Only mails that were sent begin with the agent.
with

known as (
    {{ freshdesk_tickets_known() }}
),

begun as (
    select
        *,
        {{ in_record('id') }} as number,
        'ticket-' || {{ in_record('id') }} as message_id,
        {{ in_record('description_text') }} as body,
        case when {{ in_record('source') }} = '10' then 'agent' else 'customer' end
            as author_role,
        'true' as is_public
    from {{ source('raw_freshdesk', 'tickets') }}
    where trim(coalesce({{ in_record('description_text') }}, '')) <> ''
),

said as (
    select
        *,
        {{ in_record('ticket_id') }} as number,
        {{ in_record('id') }} as message_id,
        {{ in_record('body_text') }} as body,
        case {{ in_record('incoming') }} when 'true' then 'customer' else 'agent' end
            as author_role,
        case {{ in_record('private') }} when 'true' then 'false' else 'true' end
            as is_public
    from {{ source('raw_freshdesk', 'conversations') }}
),

messages as (
    select * from begun
    union all
    select * from said
),

messages_known as (
    select
        messages.*,
        known.ticket_id,
        known.channel
    from messages
    left join known
        on
            messages.source_system = known.source_system
            and messages.number = known.number
)

select {{ contract_row('ticket_messages', 'freshdesk', given={
    'message_id': 'message_id',
    'ticket_id': first_of(['ticket_id', 'number']),
    'source_system': 'source_system',
    'created_at': in_record('created_at'),
    'author_role': 'author_role',
    'is_public': 'is_public',
    'channel': 'channel',
    'text': 'body',
}) }}
from messages_known
