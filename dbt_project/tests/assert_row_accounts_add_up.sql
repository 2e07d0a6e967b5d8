-- A returned row is an entity and load whose account does not add up: read is not the
-- sum of the verdicts, or is not what ingestion wrote down (error: rows were lost or
-- counted twice).
with

accounts as (
    select * from {{ ref('rpt_source_health') }}
),

rows_in_raw as (
    {% for entity in all_entities() -%}
    select
        'files' as source,
        '{{ entity }}' as entity,
        _load_id as load_id,
        count(*) as row_count
    from {{ source('raw_files', entity) }}
    group by _load_id
    union all
    {% endfor -%}
    select
        'files' as source,
        entity,
        _load_id as load_id,
        count(*) as row_count
    from {{ source('raw_files', 'rejected_lines') }}
    group by entity, _load_id
),

rows_counted as (
    select
        source,
        entity,
        load_id,
        sum(row_count) as row_count
    from rows_in_raw
    group by source, entity, load_id
),

faults as (
    select
        coalesce(accounts.source, rows_counted.source) as source,
        coalesce(accounts.entity, rows_counted.entity) as entity,
        coalesce(accounts.load_id, rows_counted.load_id) as load_id,
        accounts.read,
        rows_counted.row_count
    from accounts
    full outer join rows_counted
        on
            accounts.source = rows_counted.source
            and accounts.entity = rows_counted.entity
            and accounts.load_id = rows_counted.load_id
    where
        accounts.read
        is distinct from accounts.accepted + accounts.superseded + accounts.withdrawn
        + accounts.quarantined
        or (
            coalesce(accounts.source, 'files') = 'files'
            and accounts.read is distinct from rows_counted.row_count
        )
)

select * from faults
