-- Grain: one row per record that is no row of its own: inboxes, which are read with the
-- conversations, and events that changed no state, as a reply.
with

records as (
    select
        _load_id,
        _file_id,
        _record_number,
        'joined' as reason
    from {{ source('raw_chatwoot', 'inboxes') }}
    union all
    select
        _load_id,
        _file_id,
        _record_number,
        'other_change' as reason
    from {{ source('raw_chatwoot', 'reporting_events') }} as events
    where
        not exists (
            select 1 from {{ ref('stg_chatwoot__ticket_changes') }} as changes
            where
                changes.file_id = events._file_id
                and changes.record_number = events._record_number
        )
)

select {{ set_aside_row('chatwoot') }}
from records
