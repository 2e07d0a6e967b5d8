-- Grain: one row per source, entity and reason for which rows could not be used.

with

rejected_rows as (
    select * from {{ ref('rejected_rows') }}
),

final as (
    select
        source,
        entity,
        reason_code,
        count(*) filter (where not is_repeated) as rows_open,
        count(*) as rows_ever
    from rejected_rows
    group by source, entity, reason_code
)

select * from final
