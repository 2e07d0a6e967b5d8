-- Grain: one row per source, entity and load: the row account, which adds up.

with

verdicts as (
    {% for entity in all_entities() -%}
    select
        source,
        '{{ entity }}' as entity,
        load_id,
        verdict,
        count(*) as row_count,
        {{ newest_record(entity) }} as newest_record_at
    from {{ ref('judged_' ~ entity) }}
    group by source, load_id, verdict
    union all
    {% endfor -%}
    select
        source,
        entity,
        load_id,
        'quarantined' as verdict,
        count(*) as row_count,
        cast(null as timestamp) as newest_record_at
    from ({{ rejected_lines() }}) as lines
    group by source, entity, load_id
),

loads as (
    select * from {{ source('raw_ops', 'loads') }}
),

accounts as (
    select
        source,
        entity,
        load_id,
        sum(row_count) as read,
        sum(row_count) filter (where verdict = 'accepted') as accepted,
        sum(row_count) filter (where verdict = 'superseded') as superseded,
        sum(row_count) filter (where verdict = 'withdrawn') as withdrawn,
        sum(row_count) filter (where verdict = 'quarantined') as quarantined,
        max(newest_record_at) as newest_record_at
    from verdicts
    group by source, entity, load_id
),

-- Files that were read again later: what was wrong with them was sent anew.
files as (
    select
        source,
        entity,
        load_id,
        load_id < max(load_id) over (partition by source, entity, file) as is_read_again
    from {{ source('raw_ops', 'files') }}
    where status = 'loaded'
),

files_replaced as (
    select
        source,
        entity,
        load_id,
        bool_and(is_read_again) as is_replaced
    from files
    group by source, entity, load_id
),

matched as (
    {{ match_rates() }}
),

final as (
    select
        accounts.source,
        accounts.entity,
        accounts.load_id,
        loads.loaded_at,
        cast(accounts.read as bigint) as read,
        -- no row of a verdict is a count of none, not an unknown
        cast(coalesce(accounts.accepted, 0) as bigint) as accepted,
        cast(coalesce(accounts.superseded, 0) as bigint) as superseded,
        cast(coalesce(accounts.withdrawn, 0) as bigint) as withdrawn,
        cast(coalesce(accounts.quarantined, 0) as bigint) as quarantined,
        accounts.newest_record_at,
        cast(
            {{ seconds_between('accounts.newest_record_at', 'loads.loaded_at') }}
            as bigint
        )
            as lag_seconds,
        matched.match_rate,
        -- not known of a source whose files are not named after entities
        coalesce(files_replaced.is_replaced, false) as is_replaced
    from accounts
    inner join loads on accounts.load_id = loads.load_id
    left join files_replaced
        on
            accounts.source = files_replaced.source
            and accounts.entity = files_replaced.entity
            and accounts.load_id = files_replaced.load_id
    left join matched
        on accounts.source = matched.source and accounts.entity = matched.entity
)

select * from final
