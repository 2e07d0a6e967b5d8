-- Grain: one row per version of a contact, archived ones among them; a property
-- `customer_id` is the company's own id, else HubSpot's holds. A contact that was
-- merged into another is no longer there: stg_hubspot__identity_links ties its id.
with

contacts as (
    select * from {{ source('raw_hubspot', 'contacts') }}
    union all
    select * from {{ source('raw_hubspot', 'archived_contacts') }}
)

select {{ contract_row('customers', 'hubspot', dict(hubspot_state(), **{
    'customer_id': first_of([hubspot_property('customer_id'), in_record('id')]),
    'phone': first_of([hubspot_property('phone'), hubspot_property('mobilephone')]),
    'account_id': first_of([
        hubspot_property('account_id'), hubspot_property('associatedcompanyid'),
    ]),
    'created_at': hubspot_property('createdate'),
    'region': hubspot_property('state'),
    'language': hubspot_property('hs_language'),
    'acquisition_channel': first_of([
        hubspot_property('acquisition_channel'),
        'lower(' ~ hubspot_property('hs_analytics_source') ~ ')',
    ]),
    'consent_marketing': first_of([
        hubspot_property('consent_marketing'),
        "case " ~ hubspot_property('hs_email_optout') ~ " when 'true' then 'false' end",
    ]),
}), custom=['properties']) }}
from contacts
