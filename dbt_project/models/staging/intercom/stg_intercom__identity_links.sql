-- Grain: one row per contact and time that its customer_id became another one: a lead
-- who signed up bears the company's own id from then on.
with

contacts as (
    select
        *,
        {{ intercom_customer_id() }} as customer_id,
        lag({{ intercom_customer_id() }}) over (
            partition by source_system, {{ in_record('id') }}
            order by _load_id asc, _file_id asc, _record_number asc
        ) as customer_id_before
    from {{ source('raw_intercom', 'contacts') }}
)

select {{ contract_row('identity_links', 'intercom', given={
    'left_type': "'customer_id'",
    'left_id': 'customer_id',
    'right_type': "'customer_id'",
    'right_id': 'customer_id_before',
    'source_system': 'source_system',
    'linked_at': iso_of_epoch(in_record('updated_at')),
}) }}
from contacts
where customer_id <> customer_id_before
