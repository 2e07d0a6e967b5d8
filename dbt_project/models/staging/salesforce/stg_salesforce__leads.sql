-- Grain: one row per version of a lead or an opportunity. A lead that became an
-- opportunity is withdrawn: the opportunity goes on, from the moment of the lead. An
-- opportunity is closed when its stage became so; where Salesforce does not know when,
-- on its `CloseDate`, which is a plan until then.
with

opportunities as (
    select * from {{ source('raw_salesforce', 'opportunities') }}
),

leads as (
    select * from {{ source('raw_salesforce', 'leads') }}
),

leads_converted as (
    select
        source_system as lead_source_system,
        {{ in_record('ConvertedOpportunityId') }} as opportunity_id,
        min({{ salesforce_time('CreatedDate') }}) as first_created_at
    from {{ newest_rows(
        source('raw_salesforce', 'leads'), 'source_system, ' ~ in_record('Id')
    ) }}
    where {{ in_record('ConvertedOpportunityId') }} <> ''
    group by lead_source_system, opportunity_id
),

opportunities_told as (
    select
        *,
        {{ in_record('Id') }} as opportunity_id,
        {{ salesforce_time('CreatedDate') }} as own_created_at,
        coalesce(
            {{ salesforce_time('LastStageChangeDate') }},
            {{ salesforce_day('CloseDate') }}
        ) as closed_at,
        {{ in_record('IsClosed') }} = 'true' as is_closed,
        {{ in_record('IsWon') }} = 'true' as is_won
    from opportunities
),

opportunities_with_lead as (
    select
        opportunities_told.*,
        leads_converted.first_created_at
    from opportunities_told
    left join leads_converted
        on
            opportunities_told.source_system = leads_converted.lead_source_system
            and opportunities_told.opportunity_id = leads_converted.opportunity_id
)

select {{ salesforce_row('leads', {
    'lead_id': 'opportunity_id',
    'customer_id': first_of([in_record('Contact.customer_id__c'), in_record('ContactId')]),
    'created_at': 'least(first_created_at, own_created_at)',
    'origin': 'lower(' ~ in_record('LeadSource') ~ ')',
    'qualified_at': 'case when first_created_at is not null then own_created_at end',
    'won_at': 'case when is_closed and is_won then closed_at end',
    'lost_at': 'case when is_closed and not is_won then closed_at end',
    'owner_employee_id': salesforce_owner(),
}) }}
from opportunities_with_lead
union all
select {{ salesforce_row('leads', {
    'lead_id': in_record('Id'),
    'customer_id': first_of([
        in_record('ConvertedContact.customer_id__c'), in_record('ConvertedContactId'),
    ]),
    'email': in_record('Email'),
    'phone': first_of([in_record('Phone'), in_record('MobilePhone')]),
    'created_at': salesforce_time('CreatedDate'),
    'origin': 'lower(' ~ in_record('LeadSource') ~ ')',
    'qualified_at': salesforce_day('ConvertedDate'),
    'owner_employee_id': salesforce_owner(),
    'is_deleted': "case when " ~ in_record('ConvertedOpportunityId')
    ~ " <> '' then 'true' else " ~ in_record('IsDeleted') ~ " end",
}) }}
from leads
