-- Grain: one row per version of a contact, a lead or a user. Of several companies the
-- first holds. The country is a name there, not a code, so it is not read.
with

companies as (
    select
        source_system,
        {{ in_record('id') }} as company_id,
        {{ first_of([
            in_record('custom_attributes.account_id'), in_record('company_id'),
            in_record('id'),
        ]) }} as account_id
    from {{ newest_rows(
        source('raw_intercom', 'companies'), 'source_system, ' ~ in_record('id')
    ) }}
),

contacts as (
    select
        contacts.*,
        coalesce(companies.account_id, contacts.company_told) as account_id
    from (
        select
            *,
            {{ json_text_at('record', ['companies', 'data', 0, 'id']) }} as company_told
        from {{ source('raw_intercom', 'contacts') }}
    ) as contacts
    left join companies
        on
            contacts.source_system = companies.source_system
            and contacts.company_told = companies.company_id
)

select {{ contract_row('customers', 'intercom', given=given_or_custom({
    'customer_id': intercom_customer_id(),
    'source_system': 'source_system',
    'email': in_record('email'),
    'phone': in_record('phone'),
    'account_id': 'account_id',
    'created_at': iso_of_epoch(in_record('created_at')),
    'region': in_record('location.region'),
    'city': in_record('location.city'),
    'language': "lower(left(" ~ first_of([
        in_record('language_override'), in_record('browser_language'),
    ]) ~ ", 2))",
    'consent_marketing': "case " ~ in_record('unsubscribed_from_emails')
        ~ " when 'true' then 'false' end",
    'updated_at': iso_of_epoch(in_record('updated_at')),
}, 'custom_attributes'), custom=['custom_attributes']) }}
from contacts
