-- Grain: one row per file, user and browser whose events the file holds together, and
-- one that withdraws the pair when no event that says so holds any more.
with

events as {{ inlined() }} (
    {{ ga4_events() }}
),

pairs as (
    select
        _load_id,
        _file_id,
        replaced_in_load,
        is_late,
        user_id,
        user_pseudo_id,
        min(_record_number) as _record_number,
        {{ iso_of_microseconds('min(event_timestamp)') }} as linked_at
    from events
    where user_id <> '' and user_pseudo_id <> ''
    group by _load_id, _file_id, replaced_in_load, is_late, user_id, user_pseudo_id
),

gone as (
    {{ ga4_gone('pairs', 'user_id, user_pseudo_id') }}
),

versions as (
    select
        _load_id,
        _file_id,
        _record_number,
        user_id,
        user_pseudo_id,
        linked_at,
        0 as place,
        cast(null as varchar) as is_deleted
    from pairs
    where not is_late
    union all
    select
        gone.gone_in_load as _load_id,
        pairs._file_id,
        pairs._record_number,
        pairs.user_id,
        pairs.user_pseudo_id,
        pairs.linked_at,
        1 as place,
        'true' as is_deleted
    from gone
    inner join pairs
        on
            gone._file_id = pairs._file_id
            and gone._record_number = pairs._record_number
)

select {{ contract_row('identity_links', 'ga4', row_in_record='place', given={
    'left_type': "'customer_id'",
    'left_id': 'user_id',
    'right_type': "'anonymous_id'",
    'right_id': 'user_pseudo_id',
    'linked_at': 'linked_at',
    'is_deleted': 'is_deleted',
}) }}
from versions
