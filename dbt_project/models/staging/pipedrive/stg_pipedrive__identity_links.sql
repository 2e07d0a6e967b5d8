-- Grain: one row per person and time that its customer_id became another one: whoever
-- the company comes to know bears its own id from then on.
select {{ contract_row('identity_links', 'pipedrive', {
    'source_system': 'source_system',
    'left_type': "'customer_id'",
    'left_id': 'own_id',
    'right_type': "'customer_id'",
    'right_id': 'own_id_before',
    'linked_at': in_record('update_time'),
}) }}
from (
    {{ ids_changed(
        source('raw_pipedrive', 'persons'),
        first_of([in_record('named.customer_id'), in_record('id')])
    ) }}
) as persons
