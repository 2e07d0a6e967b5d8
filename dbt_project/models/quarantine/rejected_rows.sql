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
        row_json
    from {{ ref('judged_' ~ entity) }}
    where verdict = 'quarantined'
    union all
    {% endfor -%}
    {{ rejected_lines() }}
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

-- A grown file is read whole, so that its bad rows come back with every load.
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
        rows_hashed.load_id < max(rows_hashed.load_id) over (
            partition by rows_hashed.row_hash
        ) as is_repeated,
        rows_hashed.row_json
    from rows_hashed
    left join files on rows_hashed.file_id = files.file_id
    left join loads on rows_hashed.load_id = loads.load_id
)

select * from final
