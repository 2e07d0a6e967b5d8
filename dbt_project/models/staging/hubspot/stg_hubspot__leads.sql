-- Grain: one row per version of a deal: an opportunity that is open, won or lost.
with

deals as (
    select * from {{ source('raw_hubspot', 'deals') }}
    union all
    select * from {{ source('raw_hubspot', 'archived_deals') }}
),

contacts as (
    {{ hubspot_contact_of('deals') }}
),

deals_told as (
    select
        *,
        {{ in_record('id') }} as deal_id,
        {{ hubspot_property('closedate') }} as closed_at,
        {{ hubspot_property('hs_is_closed') }} = 'true' as is_closed,
        {{ hubspot_property('hs_is_closed_won') }} = 'true' as is_won
    from deals
),

deals_with_contact as (
    select
        deals_told.*,
        contacts.contact_id
    from deals_told
    left join contacts
        on
            deals_told.source_system = contacts.contact_source
            and deals_told.deal_id = contacts.object_id
)

select {{ contract_row('leads', 'hubspot', dict(hubspot_state(), **{
    'lead_id': first_of([hubspot_property('lead_id'), 'deal_id']),
    'customer_id': 'contact_id',
    'created_at': hubspot_property('createdate'),
    'origin': first_of([
        hubspot_property('origin'), 'lower(' ~ hubspot_property('hs_analytics_source') ~ ')',
    ]),
    'won_at': 'case when is_won then closed_at end',
    'lost_at': 'case when is_closed and not is_won then closed_at end',
    'lost_reason': hubspot_property('closed_lost_reason'),
    'owner_employee_id': first_of([
        hubspot_property('owner_employee_id'), hubspot_property('hubspot_owner_id'),
    ]),
}), custom=['properties']) }}
from deals_with_contact
