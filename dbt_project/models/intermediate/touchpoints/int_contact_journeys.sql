-- Grain: one row per contact of a known person in a stage of a journey, with the walk
-- through the journey it belongs to. A walk begins after a pause longer than
-- quit_after_days, and at a contact in an entry stage once the goal has been reached
-- since the last beginning; it is named after its first contact.
-- Equal times are ordered as the stages are designed.

with

contacts as (
    select * from {{ ref('int_contacts_unioned') }}
    where customer_key is not null
),

touchpoints as (
    select * from {{ ref('ref_touchpoints') }}
),

journeys as (
    select * from {{ ref('ref_journeys') }}
),

contacts_staged as (
    select
        contacts.touchpoint_id,
        contacts.customer_key,
        contacts.occurred_at,
        contacts.touchpoint,
        contacts.channel,
        contacts.case_id,
        contacts.context_known,
        journeys.journey,
        journeys.stage,
        journeys.position as stage_position,
        journeys.is_entry,
        journeys.is_goal,
        journeys.quit_after_days
    from contacts
    inner join touchpoints on contacts.touchpoint = touchpoints.touchpoint
    inner join journeys on touchpoints.stage = journeys.stage
),

contacts_placed as (
    select
        *,
        row_number() over person as place,
        lag(occurred_at) over person as previous_at,
        lag(channel) over person as channel_before,
        lag(case_id) over person as case_id_before,
        lag(stage) over person as stage_before
    from contacts_staged
    window person as (
        partition by customer_key, journey
        order by occurred_at, stage_position, touchpoint_id
    )
),

contacts_followed as (
    select
        *,
        coalesce(
            {{ seconds_between('previous_at', 'occurred_at') }}
            > quit_after_days * 86400,
            true
        ) as follows_a_pause
    from contacts_placed
),

-- Places of the last pause, goal and entry before this contact.
contacts_compared as (
    select
        *,
        max(case when follows_a_pause then place end) over before as pause_place,
        max(case when is_goal then place end) over before as goal_place,
        max(case when is_entry then place end) over before as entry_place
    from contacts_followed
    window before as (
        partition by customer_key, journey
        order by place
        rows between unbounded preceding and 1 preceding
    )
),

-- The goal was reached since the last beginning exactly when it was reached since the
-- last pause and the last entry: an entry after a goal is a beginning itself.
contacts_begun as (
    select
        *,
        follows_a_pause
        or (
            is_entry
            and goal_place is not null
            and goal_place >= pause_place
            and goal_place >= coalesce(entry_place, 0)
        ) as begins_walk
    from contacts_compared
),

contacts_walked as (
    select
        *,
        max(case when begins_walk then place end) over (
            partition by customer_key, journey
            order by place
            rows between unbounded preceding and current row
        ) as walk_place
    from contacts_begun
),

contacts_named as (
    select
        touchpoint_id,
        customer_key,
        occurred_at,
        touchpoint,
        channel,
        case_id,
        context_known,
        journey,
        stage,
        stage_position,
        is_entry,
        is_goal,
        quit_after_days,
        place - walk_place + 1 as contact_number,
        -- the contact before, of the same walk
        case when not begins_walk then channel_before end as previous_channel,
        case when not begins_walk then case_id_before end as previous_case_id,
        case when not begins_walk then stage_before end as previous_stage,
        first_value(touchpoint_id) over (
            partition by customer_key, journey, walk_place
            order by place
        ) as first_touchpoint_id,
        -- what follows the goal (the second parcel of an order) is no step towards it
        coalesce(goal_place < walk_place, true) as is_until_goal
    from contacts_walked
),

final as (
    select
        *,
        {{ key_of("'journey:' || cast(first_touchpoint_id as varchar)") }}
            as journey_id,
        {{ is_context_kept() }} as is_context_kept
    from contacts_named
)

select * from final
