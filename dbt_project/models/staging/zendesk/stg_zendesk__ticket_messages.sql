-- Grain: one row per comment on a ticket. Zendesk itself writes as user -1, to the
-- customer as a bot does. An author who is no user any more was a customer: an agent
-- has to become one before he can be deleted.
with

children as (
    {{ zendesk_children() }}
),

comments as (
    select
        *,
        {{ json_text('child', 'author_id') }} as author_id,
        row_number() over (
            partition by _file_id, _record_number
            order by {{ json_text('child', 'id') }} asc nulls first
        ) as place
    from children
    where {{ json_text('child', 'event_type') }} = 'Comment'
),

users as (
    {{ zendesk_users() }}
),

written as (
    select
        comments.*,
        case
            when
                comments.author_id = '-1'
                and {{ json_text('comments.child', 'public') }} = 'true'
                then 'bot'
            when comments.author_id = '-1' then 'system'
            when users.user_id is null or users.role = 'end-user' then 'customer'
            when users.role in ('agent', 'admin') then 'agent'
            else users.role
        end as author_role
    from comments
    left join users
        on
            comments.source_system = users.source_system
            and comments.author_id = users.user_id
)

select {{ contract_row('ticket_messages', 'zendesk', row_in_record='place', given={
    'message_id': json_text('child', 'id'),
    'ticket_id': 'ticket_id',
    'source_system': 'source_system',
    'created_at': in_record('created_at'),
    'author_role': 'author_role',
    'is_public': json_text('child', 'public'),
    'channel': zendesk_channel(json_text_at('child', ['via', 'channel'])),
    'text': json_text('child', 'body'),
}) }}
from written
