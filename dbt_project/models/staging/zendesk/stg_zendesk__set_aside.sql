-- Grain: one row per record that is no row of its own: names of groups and fields,
-- which are read with the tickets, updates of a ticket that changed neither its state
-- nor who handles it and said nothing, and ratings that nobody was asked for.
with

records as (
    {%- for table in ['groups', 'ticket_fields'] %}
    select
        _load_id,
        _file_id,
        _record_number,
        'joined' as reason
    from {{ source('raw_zendesk', table) }}
    union all
    {%- endfor %}
    select
        _load_id,
        _file_id,
        _record_number,
        'other_change' as reason
    from {{ source('raw_zendesk', 'ticket_events') }} as events
    where
        not exists (
            select 1 from {{ ref('stg_zendesk__ticket_changes') }} as changes
            where
                changes.file_id = events._file_id
                and changes.record_number = events._record_number
        )
        and not exists (
            select 1 from {{ ref('stg_zendesk__ticket_messages') }} as messages
            where
                messages.file_id = events._file_id
                and messages.record_number = events._record_number
        )
    union all
    select
        _load_id,
        _file_id,
        _record_number,
        'unoffered' as reason
    from {{ source('raw_zendesk', 'satisfaction_ratings') }}
    where {{ in_record('score') }} = 'unoffered'
)

select {{ set_aside_row('zendesk') }}
from records
