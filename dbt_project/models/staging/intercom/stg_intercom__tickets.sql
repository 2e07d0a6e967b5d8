-- Grain: one row per version of a conversation. A machine that began one does not tell
-- who opened it.
with

conversations as (
    {{ intercom_conversations() }}
),

teams as (
    {{ intercom_teams() }}
),

final as (
    select
        conversations.*,
        teams.team_name
    from conversations
    left join teams
        on
            conversations.source_system = teams.source_system
            and {{ json_text('conversations.record', 'team_assignee_id') }}
            = teams.team_id
)

select {{ contract_row('tickets', 'intercom', given=given_or_custom({
    'ticket_id': in_record('id'),
    'source_system': 'source_system',
    'created_at': iso_of_epoch(in_record('created_at')),
    'customer_id': 'customer_id',
    'channel': intercom_channel(),
    'priority': in_record('priority'),
    'status': intercom_status(in_record('state')),
    'opened_by': "case " ~ in_record('source.delivered_as')
        ~ " when 'customer_initiated' then 'customer' when 'admin_initiated' then 'agent' end",
    'first_reply_at': iso_of_epoch(in_record('statistics.first_admin_reply_at')),
    'first_solved_at': iso_of_epoch(in_record('statistics.first_close_at')),
    'solved_at': iso_of_epoch(in_record('statistics.last_close_at')),
    'reopens': in_record('statistics.count_reopens'),
    'agent_employee_id': "nullif(" ~ in_record('admin_assignee_id') ~ ", '0')",
    'team': 'team_name',
    'updated_at': iso_of_epoch(in_record('updated_at')),
}, 'custom_attributes'), custom=['custom_attributes']) }}
from final
