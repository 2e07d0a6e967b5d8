-- Grain: one row per version of a user of the company's own. Salesforce deletes no
-- user: who is deactivated has left.
select {{ salesforce_row('employees', {
    'employee_id': in_record('Id'),
    'team': in_record('Department'),
    'role': in_record('Title'),
    'left_at': "case " ~ in_record('IsActive') ~ " when 'false' then "
    ~ salesforce_time('SystemModstamp') ~ " end",
}) }}
from {{ source('raw_salesforce', 'users') }}
where {{ in_record('UserType') }} = 'Standard'
