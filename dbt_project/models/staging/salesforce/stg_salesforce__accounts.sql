-- Grain: one row per version of an account, those that were deleted or merged into
-- another among them. A person's own account is none: the person is a contact.
select {{ salesforce_row('accounts', {
    'account_id': in_record('Id'),
    'name': in_record('Name'),
    'industry': in_record('Industry'),
    'country': first_of([in_record('BillingCountryCode'), in_record('BillingCountry')]),
    'owner_employee_id': salesforce_owner(),
    'created_at': salesforce_time('CreatedDate'),
}) }}
from {{ source('raw_salesforce', 'accounts') }}
where coalesce({{ in_record('IsPersonAccount') }}, 'false') <> 'true'
