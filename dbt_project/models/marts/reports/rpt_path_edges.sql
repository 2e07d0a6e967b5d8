-- Grain: one row per journey and pair of touchpoints of which the second followed the
-- first: the directly-follows graph, all walks together. (start), (goal), (quit),
-- (open) and (cut) are where walks begin and end.

with

moves as (
    select * from {{ ref('int_journey_moves') }}
),

edges as (
    select
        journey,
        from_touchpoint,
        to_touchpoint,
        count(*) as transitions,
        count(distinct journey_id) as walks,
        count(distinct customer_key) as persons,
        median(seconds) as median_seconds
    from moves
    group by journey, from_touchpoint, to_touchpoint
),

edges_compared as (
    select
        *,
        sum(transitions) over (partition by journey, from_touchpoint) as departures
    from edges
),

edges_shared as (
    select
        *,
        transitions * 1.0e0 / departures as share
    from edges_compared
),

final as (
    select
        journey,
        from_touchpoint,
        to_touchpoint,
        transitions,
        cast(departures as bigint) as departures,
        {{ significant('share') }} as share,
        walks,
        persons,
        {{ significant('median_seconds') }} as median_seconds
    from edges_shared
)

select * from final
