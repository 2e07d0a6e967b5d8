-- Grain: one row per version of a ticket, deleted ones and spam among them. Only a mail
-- that was sent tells that an agent opened it.
with

known as (
    {{ freshdesk_tickets_known() }}
),

groups_of_agents as (
    {{ freshdesk_groups() }}
),

final as (
    select
        tickets.*,
        known.customer_id,
        groups_of_agents.group_name
    from ({{ freshdesk_tickets() }}) as tickets
    inner join known
        on
            tickets.source_system = known.source_system
            and {{ json_text('tickets.record', 'id') }} = known.number
    left join groups_of_agents
        on
            tickets.source_system = groups_of_agents.source_system
            and {{ json_text('tickets.record', 'group_id') }}
            = groups_of_agents.group_id
)

select {{ contract_row('tickets', 'freshdesk', given=freshdesk_or_custom('tickets', {
    'ticket_id': in_record('id'),
    'source_system': 'source_system',
    'created_at': in_record('created_at'),
    'customer_id': 'customer_id',
    'channel': freshdesk_channel(in_record('source')),
    'priority': freshdesk_priority(in_record('priority')),
    'status': freshdesk_status(in_record('status')),
    'opened_by': "case " ~ in_record('source') ~ " when '10' then 'agent' end",
    'first_reply_at': in_record('stats.first_responded_at'),
    'solved_at': in_record('stats.resolved_at'),
    'closed_at': in_record('stats.closed_at'),
    'agent_employee_id': in_record('responder_id'),
    'team': 'group_name',
    'is_spam': in_record('spam'),
    'updated_at': in_record('updated_at'),
    'is_deleted': in_record('deleted'),
})) }}
from final
