-- Grain: one row per accepted web event of a human, with the visitor that it belongs
-- to.
{{ config(materialized='view') }}

with

events as (
    select * from {{ ref('accepted_web_events') }}
),

events_with_visitor as (
    select
        *,
        {{ visitor_key() }} as visitor_key
    from events
    where not coalesce(is_bot, false)
)

select * from events_with_visitor
