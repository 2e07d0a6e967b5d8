-- Grain: one row per time that a contact was listed. Chatwoot lists those who have an
-- address, a number or an identifier.
select {{ contract_row('customers', 'chatwoot', given=given_or_custom({
    'customer_id': chatwoot_customer_id(),
    'source_system': 'source_system',
    'email': in_record('email'),
    'phone': in_record('phone_number'),
    'created_at': chatwoot_moment(in_record('created_at')),
    'country': in_record('additional_attributes.country_code'),
    'city': in_record('additional_attributes.city'),
}, 'custom_attributes'), custom=['custom_attributes']) }}
from {{ source('raw_chatwoot', 'contacts') }}
