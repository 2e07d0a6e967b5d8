-- A returned row is an entity and load of `files` whose account does not hold as many
-- rows as ingestion counted records and broken lines (error: rows were lost or counted
-- twice). Of other sources a record may become many rows or none:
-- assert_every_record_is_explained.
with

accounts as (
    select * from {{ ref('rpt_source_health') }}
    where source = 'files'
),

files as (
    select * from {{ source('raw_ops', 'files') }}
),

counted as (
    select
        entity,
        load_id,
        sum(records + rejected_lines) as row_count
    from files
    where
        source = 'files'
        and status = 'loaded'
        and entity not like 'reference.%'
    group by entity, load_id
),

faults as (
    select
        coalesce(accounts.entity, counted.entity) as entity,
        coalesce(accounts.load_id, counted.load_id) as load_id,
        accounts.read as rows_read,
        counted.row_count as rows_counted
    from accounts
    full outer join counted
        on
            accounts.entity = counted.entity
            and accounts.load_id = counted.load_id
    -- a file without a record has no account
    where coalesce(accounts.read, 0) <> coalesce(counted.row_count, 0)
)

select * from faults
