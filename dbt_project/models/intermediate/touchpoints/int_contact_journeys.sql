-- Grain: one row per contact of a known person in a stage of a journey, with the walk
-- through the journey it belongs to. A walk begins after a pause longer than
-- quit_after_days, and at a contact in an entry stage once the goal has been reached
-- since the last beginning; it is named after its first contact.
-- Equal times are ordered as the stages are designed.
{%- set in_time = 'order by occurred_at, stage_position, touchpoint_id' %}

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
        contacts.team,
        contacts.case_id,
        contacts.context_known,
        contacts.source_entity,
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

contacts_followed as (
    select
        *,
        case
            when
                {{ seconds_between(
                    'lag(occurred_at) over walks', 'occurred_at'
                ) }} <= quit_after_days * 86400
                then 0
            else 1
        end as begins_span
    from contacts_staged
    window walks as (partition by customer_key, journey {{ in_time }})
),

contacts_spanned as (
    select
        *,
        sum(begins_span) over (
            partition by customer_key, journey {{ in_time }}
            rows between unbounded preceding and current row
        ) as span_number
    from contacts_followed
),

goals_counted as (
    select
        *,
        count(*) filter (where is_goal) over (
            partition by customer_key, journey, span_number {{ in_time }}
            rows between unbounded preceding and 1 preceding
        ) as goals_before
    from contacts_spanned
),

-- The goal was reached since the last beginning exactly when it was reached since the
-- last entry, for an entry after a goal is a beginning. Without an entry before, no
-- goal was reached before it.
entries_compared as (
    select
        *,
        coalesce(
            max(case when is_entry then goals_before end) over (
                partition by customer_key, journey, span_number {{ in_time }}
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as goals_before_last_entry
    from goals_counted
),

contacts_begun as (
    select
        *,
        case
            when
                begins_span = 1
                or (is_entry and goals_before > goals_before_last_entry)
                then 1
            else 0
        end as begins_walk
    from entries_compared
),

contacts_numbered as (
    select
        *,
        sum(begins_walk) over (
            partition by customer_key, journey {{ in_time }}
            rows between unbounded preceding and current row
        ) as walk_number
    from contacts_begun
),

contacts_walked as (
    select
        touchpoint_id,
        customer_key,
        occurred_at,
        touchpoint,
        channel,
        team,
        case_id,
        context_known,
        source_entity,
        journey,
        stage,
        stage_position,
        is_entry,
        is_goal,
        quit_after_days,
        row_number() over walk as contact_number,
        lag(channel) over walk as previous_channel,
        lag(case_id) over walk as previous_case_id,
        lag(stage) over walk as previous_stage,
        first_value(touchpoint_id) over walk as first_touchpoint_id,
        -- what follows the goal (the second parcel of an order) is no step towards it
        count(*) filter (where is_goal) over (
            partition by customer_key, journey, walk_number {{ in_time }}
            rows between unbounded preceding and 1 preceding
        ) = 0 as is_until_goal
    from contacts_numbered
    window walk as (partition by customer_key, journey, walk_number {{ in_time }})
),

final as (
    select
        *,
        {{ key_of("'journey:' || cast(first_touchpoint_id as varchar)") }}
            as journey_id,
        {{ is_context_kept() }} as is_context_kept
    from contacts_walked
)

select * from final
