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

final as (
    select
        rejected_rows.source,
        rejected_rows.entity,
        rejected_rows.row_id,
        files.file,
        rejected_rows.record_number,
        rejected_rows.reason_code,
        rejected_rows.reason,
        rejected_rows.load_id,
        loads.loaded_at,
        rejected_rows.row_json
    from rejected_rows
    left join files on rejected_rows.file_id = files.file_id
    left join loads on rejected_rows.load_id = loads.load_id
)

select * from final
