-- Grain: one row per version of an organization.
select {{ contract_row('accounts', 'zendesk', given=given_or_custom({
    'account_id': in_record('id'),
    'source_system': 'source_system',
    'name': in_record('name'),
    'created_at': in_record('created_at'),
    'updated_at': in_record('updated_at'),
    'is_deleted': "case when " ~ in_record('deleted_at') ~ " is not null then 'true' end",
}, 'organization_fields'), custom=['organization_fields']) }}
from {{ source('raw_zendesk', 'organizations') }}
