-- Grain: one row per record that is no row of its own: accounts that stand for one
-- person, who is a contact; users who are customers, partners or machines; and tasks
-- that are no contact with a customer.
with

records as (
    select
        *,
        'person_account' as reason
    from {{ source('raw_salesforce', 'accounts') }}
    where {{ in_record('IsPersonAccount') }} = 'true'
    union all
    select
        *,
        'no_employee' as reason
    from {{ source('raw_salesforce', 'users') }}
    where coalesce({{ in_record('UserType') }}, '') <> 'Standard'
    union all
    select
        *,
        'to_do' as reason
    from {{ source('raw_salesforce', 'tasks') }}
    where not ({{ salesforce_is_contact() }})
)

select {{ set_aside_row('salesforce') }}
from records
