-- Grain: one row per connected account and raw table: how its last fetch ended.

with

fetches as (
    select * from {{ source('raw_ops', 'fetches') }}
),

final as (
    select
        source,
        source_system,
        raw_table,
        asked_at as last_asked_at,
        fetched_at as last_fetched_at,
        refused as refusal_code
    from fetches
)

select * from final
