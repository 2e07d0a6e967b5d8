-- Grain: one row per record that is no row of its own: activities that are no contact
-- with a customer.
with

activities as (
    {{ pipedrive_records('activities', 'activity') }}
)

select {{ set_aside_row('pipedrive', reason="'to_do'") }}
from activities
where {{ pipedrive_contact_channel() }} is null
