-- Grain: one row per contact and time that its customer_id became another one: whoever
-- the company comes to know bears its own id from then on.
select {{ contract_row('identity_links', 'chatwoot', given={
    'left_type': "'customer_id'",
    'left_id': 'own_id',
    'right_type': "'customer_id'",
    'right_id': 'own_id_before',
    'source_system': 'source_system',
}) }}
from (
    {{ ids_changed(source('raw_chatwoot', 'contacts'), chatwoot_customer_id()) }}
) as contacts
