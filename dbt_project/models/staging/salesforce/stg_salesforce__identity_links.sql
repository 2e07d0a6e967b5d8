-- Grain: one row per version of a contact that was merged into another: the id that is
-- left, and the one that is gone.
select {{ contract_row('identity_links', 'salesforce', {
    'source_system': 'source_system',
    'left_type': "'customer_id'",
    'left_id': first_of([
        in_record('MasterRecord.customer_id__c'), in_record('MasterRecordId'),
    ]),
    'right_type': "'customer_id'",
    'right_id': first_of([in_record('customer_id__c'), in_record('Id')]),
    'linked_at': salesforce_time('SystemModstamp'),
}) }}
from {{ source('raw_salesforce', 'contacts') }}
where {{ in_record('MasterRecordId') }} <> ''
