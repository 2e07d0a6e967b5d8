-- Grain: one row per version of a task that is a call, an e-mail or a meeting with a
-- customer. One that is not done, or no more, is withdrawn. Salesforce does not say at
-- which touchpoint: an enquiry, unless the company has a field `touchpoint`.
{%- set is_done = in_record('IsClosed') ~ " = 'true'" %}
select {{ salesforce_row('interactions', {
    'interaction_id': in_record('Id'),
    'occurred_at': "case when " ~ is_done ~ " then "
    ~ first_of([salesforce_time('CompletedDateTime'), salesforce_day('ActivityDate')])
    ~ " else " ~ salesforce_time('CreatedDate') ~ " end",
    'channel': salesforce_contact_channel(),
    'touchpoint': "'enquiry'",
    'customer_id': "case when " ~ in_record('WhoId') ~ " like '003%' then "
    ~ first_of([in_record('Who.customer_id__c'), in_record('WhoId')]) ~ " end",
    'direction': "case when " ~ in_record('TaskSubtype') ~ " = 'ListEmail' then 'outbound'"
    ~ " else lower(" ~ in_record('CallType') ~ ") end",
    'employee_id': salesforce_owner(),
    'duration_seconds': in_record('CallDurationInSeconds'),
    'outcome': 'lower(' ~ in_record('CallDisposition') ~ ')',
    'is_deleted': "case when " ~ is_done ~ " then " ~ in_record('IsDeleted')
    ~ " else 'true' end",
}) }}
from {{ source('raw_salesforce', 'tasks') }}
where {{ salesforce_is_contact() }}
