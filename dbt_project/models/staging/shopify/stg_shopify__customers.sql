-- Grain: one row per version of a customer. Who was never asked has neither given nor
-- refused consent.
select {{ contract_row('customers', 'shopify', {
    'customer_id': in_record('id'),
    'source_system': 'source_system',
    'email': in_record('email'),
    'phone': first_of([in_record('phone'), in_record('default_address.phone')]),
    'created_at': in_record('created_at'),
    'updated_at': in_record('updated_at'),
    'country': in_record('default_address.country_code'),
    'region': in_record('default_address.province'),
    'city': in_record('default_address.city'),
    'consent_marketing': "case " ~ in_record('email_marketing_consent.state')
        ~ " when 'subscribed' then 'true' when 'unsubscribed' then 'false' end",
}) }}
from {{ source('raw_shopify', 'customers') }}
