-- Grain: one row per version of a rating that was offered.
select {{ contract_row('survey_invitations', 'zendesk', given={
    'invitation_id': in_record('id'),
    'survey_id': "'satisfaction_rating'",
    'source_system': 'source_system',
    'customer_id': 'customer_id',
    'ticket_id': 'ticket_id',
    'sent_at': in_record('created_at'),
    'completed_at': "case when " ~ in_record('score') ~ " <> 'offered' then "
        ~ in_record('updated_at') ~ " end",
    'updated_at': in_record('updated_at'),
}) }}
from ({{ zendesk_ratings() }}) as ratings
where coalesce({{ in_record('score') }}, '') <> 'unoffered'
