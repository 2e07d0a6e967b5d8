-- Grain: one row per version of a rating that was given; `good_with_comment` is good. A
-- rating of another name stays as it is, and is bad_type.
select {{ contract_row('survey_responses', 'zendesk', given={
    'response_id': in_record('id'),
    'survey_id': "'satisfaction_rating'",
    'question_id': "'satisfaction'",
    'source_system': 'source_system',
    'responded_at': in_record('updated_at'),
    'score': "case split_part(" ~ in_record('score') ~ ", '_', 1) when 'good' then '1' "
        ~ "when 'bad' then '0' else " ~ in_record('score') ~ " end",
    'text': in_record('comment'),
    'invitation_id': in_record('id'),
    'customer_id': 'customer_id',
    'ticket_id': 'ticket_id',
    'updated_at': in_record('updated_at'),
}) }}
from ({{ zendesk_ratings() }}) as ratings
where {{ in_record('score') }} not in ('offered', 'unoffered')
