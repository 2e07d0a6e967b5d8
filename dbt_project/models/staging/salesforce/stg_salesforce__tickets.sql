-- Grain: one row per version of a case. Salesforce itself says which of a company's own
-- statuses are closed; any other that bears no known name is told as it is, and
-- quarantined. A case that was merged into another is not withdrawn, but names it.
select {{ salesforce_row('tickets', {
    'ticket_id': in_record('Id'),
    'created_at': salesforce_time('CreatedDate'),
    'customer_id': first_of([in_record('Contact.customer_id__c'), in_record('ContactId')]),
    'email': in_record('SuppliedEmail'),
    'phone': in_record('SuppliedPhone'),
    'channel': 'lower(' ~ in_record('Origin') ~ ')',
    'topic': 'lower(' ~ in_record('Reason') ~ ')',
    'priority': 'lower(' ~ in_record('Priority') ~ ')',
    'status': "case when " ~ in_record('IsClosed') ~ " = 'true' then 'closed' when "
    ~ in_record('Status') ~ " in ('Working', 'Escalated') then 'open' when "
    ~ in_record('Status') ~ " = 'On Hold' then 'hold' else lower("
    ~ in_record('Status') ~ ") end",
    'closed_at': salesforce_time('ClosedDate'),
    'agent_employee_id': salesforce_owner(),
    'escalated': in_record('IsEscalated'),
    'merged_into_ticket_id': first_of([
        in_record('MasterRecord.ticket_id__c'), in_record('MasterRecordId'),
    ]),
    'is_deleted': "case when " ~ in_record('MasterRecordId') ~ " <> '' then 'false' else "
    ~ in_record('IsDeleted') ~ " end",
}) }}
from {{ source('raw_salesforce', 'cases') }}
