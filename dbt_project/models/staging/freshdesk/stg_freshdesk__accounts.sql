-- Grain: one row per time that a company was listed.
select {{ contract_row('accounts', 'freshdesk', given=freshdesk_or_custom('accounts', {
    'account_id': in_record('id'),
    'source_system': 'source_system',
    'name': in_record('name'),
    'industry': in_record('industry'),
    'plan': in_record('account_tier'),
    'created_at': in_record('created_at'),
    'updated_at': in_record('updated_at'),
})) }}
from {{ source('raw_freshdesk', 'companies') }}
