-- Grain: one row per record that is no row of its own: activities that are no contact
-- with a customer, and of what is gone the kinds that were not asked for.
with

activities as (
    {{ pipedrive_records('activities', 'activity') }}
),

records as (
    select
        _load_id,
        _file_id,
        _record_number,
        'to_do' as reason
    from activities
    where {{ pipedrive_contact_channel() }} is null
    union all
    select
        _load_id,
        _file_id,
        _record_number,
        'unused' as reason
    from {{ source('raw_pipedrive', 'deleted_records') }}
    where
        coalesce({{ in_record('item') }}, '')
        not in ('person', 'organization', 'activity')
)

select {{ set_aside_row('pipedrive') }}
from records
