-- Grain: one row per contact and time that its customer_id became another one: a lead
-- who signed up bears the company's own id from then on.
select {{ contract_row('identity_links', 'intercom', given={
    'left_type': "'customer_id'",
    'left_id': 'own_id',
    'right_type': "'customer_id'",
    'right_id': 'own_id_before',
    'source_system': 'source_system',
    'linked_at': iso_of_epoch(in_record('updated_at')),
}) }}
from (
    {{ ids_changed(source('raw_intercom', 'contacts'), intercom_customer_id()) }}
) as contacts
