-- Grain: one row per journey, person, move and touchpoint before it, of walks that are
-- over and that the completion rate counts. The contact that reaches the goal is the
-- goal. Read by analytics/paths.py.

with

moves as (
    select * from {{ ref('int_journey_moves') }}
    where is_entered and is_mature and status <> 'open'
),

walks_cut as (
    select journey_id
    from moves
    where to_touchpoint = '(cut)'
    group by journey_id
),

moves_to_an_end as (
    select
        moves.journey,
        moves.customer_key,
        moves.touchpoint_before,
        moves.from_touchpoint,
        case when moves.is_goal then '(goal)' else moves.to_touchpoint end
            as to_touchpoint
    from moves
    left join walks_cut on moves.journey_id = walks_cut.journey_id
    where
        walks_cut.journey_id is null
        -- left behind by the contact that reached the goal
        and moves.to_touchpoint <> '(goal)'
),

final as (
    select
        journey,
        customer_key,
        touchpoint_before as before_touchpoint,
        from_touchpoint,
        to_touchpoint,
        count(*) as moves
    from moves_to_an_end
    group by
        journey, customer_key, touchpoint_before, from_touchpoint, to_touchpoint
)

select * from final
