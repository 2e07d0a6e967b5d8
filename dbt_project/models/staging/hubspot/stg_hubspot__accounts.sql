-- Grain: one row per version of a company.
with

companies as (
    select * from {{ source('raw_hubspot', 'companies') }}
    union all
    select * from {{ source('raw_hubspot', 'archived_companies') }}
)

select {{ contract_row('accounts', 'hubspot', dict(hubspot_state(), **{
    'account_id': first_of([hubspot_property('account_id'), in_record('id')]),
    'owner_employee_id': first_of([
        hubspot_property('owner_employee_id'), hubspot_property('hubspot_owner_id'),
    ]),
    'created_at': hubspot_property('createdate'),
}), custom=['properties']) }}
from companies
