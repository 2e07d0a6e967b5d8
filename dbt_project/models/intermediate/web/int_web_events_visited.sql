-- Grain: one row per accepted web event of a human, with the visitor that it belongs to.
-- A visitor is whatever identifies a browser best; people are resolved later.
{{ config(materialized='view') }}

with

events as (
    select * from {{ ref('accepted_web_events') }}
),

events_with_visitor as (
    select
        *,
        {{ row_hash([
            'source_system',
            "coalesce('a' || anonymous_id, 'c' || customer_id, 'e' || email, "
            ~ "'s' || session_id, 'r' || cast(row_key as varchar))",
        ]) }} as visitor_key
    from events
    where not coalesce(is_bot, false)
)

select * from events_with_visitor
