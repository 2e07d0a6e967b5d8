-- Grain: one row per version of a company.
select {{ contract_row('accounts', 'intercom', given=given_or_custom({
    'account_id': first_of([in_record('company_id'), in_record('id')]),
    'source_system': 'source_system',
    'name': in_record('name'),
    'industry': in_record('industry'),
    'plan': in_record('plan.name'),
    'created_at': iso_of_epoch(
        first_of([in_record('remote_created_at'), in_record('created_at')])
    ),
    'updated_at': iso_of_epoch(in_record('updated_at')),
}, 'custom_attributes'), custom=['custom_attributes']) }}
from {{ source('raw_intercom', 'companies') }}
