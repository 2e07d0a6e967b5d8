-- Grain: one row per version of a user who is no agent. Who was merged into another
-- user is deleted, and that one has the tickets.
select {{ contract_row('customers', 'zendesk', given=given_or_custom({
    'customer_id': in_record('id'),
    'source_system': 'source_system',
    'email': in_record('email'),
    'phone': in_record('phone'),
    'account_id': in_record('organization_id'),
    'created_at': in_record('created_at'),
    'updated_at': in_record('updated_at'),
    'language': "lower(split_part(" ~ in_record('locale') ~ ", '-', 1))",
    'is_deleted': "case when " ~ in_record('active') ~ " = 'false' then 'true' end",
}, 'user_fields'), custom=['user_fields']) }}
from {{ source('raw_zendesk', 'users') }}
where coalesce({{ in_record('role') }}, '') not in ('agent', 'admin')
