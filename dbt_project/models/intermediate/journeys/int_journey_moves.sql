-- Grain: one row per move of a walk through a journey: from one touchpoint to the next,
-- the beginning and the end being moves too. What follows the goal is no part of the
-- way to it; a walk longer than max_path_steps is cut there. People only: no test
-- people, no employees.

with

walks as (
    select
        journey_id,
        status,
        is_entered,
        is_mature
    from {{ ref('fct_journeys') }}
),

people as (
    select customer_key from {{ ref('dim_customers') }}
    where not (is_test or is_employee)
),

steps as (
    select
        contacts.journey_id,
        contacts.journey,
        contacts.customer_key,
        contacts.contact_number,
        contacts.touchpoint,
        contacts.occurred_at,
        contacts.is_goal,
        walks.status,
        walks.is_entered,
        walks.is_mature
    from {{ ref('int_contact_journeys') }} as contacts
    inner join walks on contacts.journey_id = walks.journey_id
    inner join people on contacts.customer_key = people.customer_key
    where contacts.is_until_goal
),

steps_in_order as (
    select
        *,
        lag(touchpoint) over walk as touchpoint_before,
        lag(touchpoint, 2) over walk as touchpoint_two_before,
        lag(occurred_at) over walk as occurred_before,
        lead(contact_number) over walk is null as is_last
    from steps
    window walk as (partition by journey_id order by contact_number)
),

moves as (
    select
        journey_id,
        journey,
        customer_key,
        status,
        is_entered,
        is_mature,
        contact_number as move_number,
        case
            when contact_number = 2 then '(start)' else touchpoint_two_before
        end as touchpoint_before,
        coalesce(touchpoint_before, '(start)') as from_touchpoint,
        touchpoint as to_touchpoint,
        is_goal,
        {{ seconds_between('occurred_before', 'occurred_at') }} as seconds
    from steps_in_order
    where contact_number <= {{ var('max_path_steps') }}
    union all
    select
        journey_id,
        journey,
        customer_key,
        status,
        is_entered,
        is_mature,
        contact_number + 1 as move_number,
        coalesce(touchpoint_before, '(start)') as touchpoint_before,
        touchpoint as from_touchpoint,
        case
            when not is_last then '(cut)'
            when status = 'completed' then '(goal)'
            when status = 'abandoned' then '(quit)'
            else '(open)'
        end as to_touchpoint,
        false as is_goal,
        cast(null as double) as seconds
    from steps_in_order
    where
        contact_number = {{ var('max_path_steps') }}
        or (is_last and contact_number < {{ var('max_path_steps') }})
)

select * from moves
