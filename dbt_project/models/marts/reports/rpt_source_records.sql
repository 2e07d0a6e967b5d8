-- Grain: one row per source, raw table, load and outcome: what became of the records
-- that were read.

with

records as (
    {% for entity in all_entities() -%}
    select
        file_id,
        record_number,
        case when source = 'files' then row_key end as row_key,
        'row' as outcome
    from {{ ref('judged_' ~ entity) }}
    -- what is told by a file and not by a record in it bears the number 0
    where record_number > 0
    union all
    {% endfor -%}
    select
        file_id,
        record_number,
        cast(null as bigint) as row_key,
        reason as outcome
    from {{ ref('judged_set_aside') }}
),

-- A wide record becomes many rows: it is one record all the same. Not so in `files`:
-- mapping.yml unpivots a sheet before it is counted.
records_once as (
    select
        file_id,
        record_number,
        row_key,
        min(outcome) as outcome
    from records
    group by file_id, record_number, row_key
),

outcomes as (
    select
        file_id,
        outcome,
        count(*) as record_count
    from records_once
    group by file_id, outcome
    union all
    select
        file_id,
        'unreadable_line' as outcome,
        count(*) as record_count
    from ({{ rejected_lines() }}) as lines
    group by file_id
),

files as (
    select * from {{ source('raw_ops', 'files') }}
),

loads as (
    select * from {{ source('raw_ops', 'loads') }}
),

final as (
    select
        files.source,
        files.entity as raw_table,
        files.load_id,
        loads.loaded_at,
        outcomes.outcome,
        outcomes.outcome not in ('row', 'unreadable_line') as is_set_aside,
        cast(sum(outcomes.record_count) as bigint) as records
    from outcomes
    inner join files on outcomes.file_id = files.file_id
    inner join loads on files.load_id = loads.load_id
    group by
        files.source, files.entity, files.load_id, loads.loaded_at, outcomes.outcome
)

select * from final
