-- Grain: one row per row or line that was read and could not be used. The row itself
-- stays in the warehouse (row_json); what is published has none of it.

with

rejected_rows as (
    {% for entity in all_entities() -%}
    select
        source,
        '{{ entity }}' as entity,
        {{ row_id_text(entity) }} as row_id,
        file_id,
        record_number,
        reason_code,
        reason,
        load_id,
        row_json,
        -- what has no whole key is not known to be the same record
        case when {{ has_whole_key(entity) }} then key_hash end as key_hash
    from {{ ref('judged_' ~ entity) }}
    where verdict = 'quarantined'
    union all
    {% endfor -%}
    select
        *,
        cast(null as bigint) as key_hash
    from ({{ rejected_lines() }}) as lines
),

-- When a record was read last, whatever became of it then: a grown file is read whole,
-- and a connected system tells a changed record again.
last_readings as (
    {% for entity in all_entities() -%}
    select
        '{{ entity }}' as entity,
        key_hash,
        max(load_id) as load_id
    from {{ ref('judged_' ~ entity) }}
    where key_hash in (
        select key_hash from rejected_rows
        where entity = '{{ entity }}' and key_hash is not null
    )
    group by key_hash
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

files as (
    select
        file_id,
        file
    from {{ source('raw_ops', 'files') }}
),

loads as (
    select
        load_id,
        loaded_at
    from {{ source('raw_ops', 'loads') }}
),

rows_hashed as (
    select
        *,
        {{ row_hash(['source', 'entity', 'reason_code', 'row_json']) }} as row_hash
    from rejected_rows
),

final as (
    select
        rows_hashed.source,
        rows_hashed.entity,
        rows_hashed.row_id,
        files.file,
        rows_hashed.record_number,
        rows_hashed.reason_code,
        rows_hashed.reason,
        rows_hashed.load_id,
        loads.loaded_at,
        rows_hashed.load_id < coalesce(
            last_readings.load_id,
            max(rows_hashed.load_id) over (partition by rows_hashed.row_hash)
        ) as is_repeated,
        rows_hashed.row_json
    from rows_hashed
    left join files on rows_hashed.file_id = files.file_id
    left join loads on rows_hashed.load_id = loads.load_id
    left join last_readings
        on
            rows_hashed.entity = last_readings.entity
            and rows_hashed.key_hash = last_readings.key_hash
)

select * from final
