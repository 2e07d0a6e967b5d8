-- A returned row is a table and load of which more or fewer records became rows or were
-- named as set aside than ingestion counted (error: records have vanished on their way,
-- or were counted twice).
with

outcomes as (
    select * from {{ ref('rpt_source_records') }}
),

explained as (
    select
        source,
        raw_table,
        load_id,
        sum(records) as records
    from outcomes
    group by source, raw_table, load_id
),

files as (
    select * from {{ source('raw_ops', 'files') }}
),

counted as (
    select
        source,
        entity as raw_table,
        load_id,
        sum(records + rejected_lines) as records
    from files
    -- reference data is no history: what was read before is replaced
    where status = 'loaded' and entity not like 'reference.%'
    group by source, entity, load_id
),

faults as (
    select
        coalesce(counted.source, explained.source) as source,
        coalesce(counted.raw_table, explained.raw_table) as raw_table,
        coalesce(counted.load_id, explained.load_id) as load_id,
        counted.records as records_counted,
        explained.records as records_explained
    from counted
    full outer join explained
        on
            counted.source = explained.source
            and counted.raw_table = explained.raw_table
            and counted.load_id = explained.load_id
    -- a file without a record has no outcome
    where coalesce(counted.records, 0) <> coalesce(explained.records, 0)
)

select * from faults
