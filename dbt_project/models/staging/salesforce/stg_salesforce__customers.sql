-- Grain: one row per version of a contact, deleted ones among them. One that was merged
-- into another is deleted, and stg_salesforce__identity_links ties its id.
select {{ salesforce_row('customers', {
    'customer_id': in_record('Id'),
    'email': in_record('Email'),
    'phone': first_of([in_record('Phone'), in_record('MobilePhone')]),
    'account_id': "case when coalesce(" ~ in_record('IsPersonAccount')
    ~ ", 'false') <> 'true' then "
    ~ first_of([in_record('Account.account_id__c'), in_record('AccountId')]) ~ " end",
    'created_at': salesforce_time('CreatedDate'),
    'country': first_of([in_record('MailingCountryCode'), in_record('MailingCountry')]),
    'region': in_record('MailingState'),
    'city': in_record('MailingCity'),
    'birth_year': 'left(' ~ in_record('Birthdate') ~ ', 4)',
    'gender': 'lower(' ~ in_record('GenderIdentity') ~ ')',
    'acquisition_channel': 'lower(' ~ in_record('LeadSource') ~ ')',
    'consent_marketing': "case " ~ in_record('HasOptedOutOfEmail')
    ~ " when 'true' then 'false' end",
}) }}
from {{ source('raw_salesforce', 'contacts') }}
