-- Grain: one row per ticket, judged: how long the customer waited, whether that is
-- over, and each yes or no that a rate of tickets counts. Null: not known, or not
-- decided yet. Test people and employees are out.

with

tickets as (
    select * from {{ ref('fct_tickets') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

staffed_days as (
    select * from {{ ref('int_staffed_days') }}
),

targets as (
    select
        max(target) filter (where metric = 'first_reply_business_seconds')
            as first_reply_target,
        max(target) filter (where metric = 'resolution_business_seconds')
            as resolution_target
    from {{ ref('ref_targets') }}
    where scope = 'all'
),

-- A system that tells of no reply at all does not record replies: its tickets are not
-- unanswered, nothing is known of their answers.
systems_with_replies as (
    select source_system
    from tickets
    where first_reply_at is not null
    group by source_system
),

now_staffed as (
    select
        as_of.as_of,
        {{ staffed_seconds_at('as_of.as_of', 'days') }} as staffed_seconds_at_as_of
    from as_of
    -- a moment before all tickets lies outside the calendar: nothing is decided then
    left join staffed_days as days on {{ local_date('as_of.as_of') }} = days.day
),

tickets_placed as (
    select
        tickets.*,
        customers.segment,
        customers.persona,
        customers.country,
        customers.language,
        now_staffed.as_of,
        targets.first_reply_target,
        targets.resolution_target,
        now_staffed.staffed_seconds_at_as_of
        - {{ staffed_seconds_at('tickets.created_at', 'days') }}
            as business_seconds_until_now,
        coalesce(tickets.opened_by, 'customer') = 'customer' as is_from_customer,
        coalesce(tickets.opened_by, 'customer') = 'customer'
        and systems.source_system is not null as awaits_reply,
        -- solved, and nobody knows when
        not tickets.is_open and tickets.resolution_seconds is null
            as is_resolution_unknown
    from tickets
    cross join now_staffed
    cross join targets
    left join staffed_days as days
        on {{ local_date('tickets.created_at') }} = days.day
    left join systems_with_replies as systems
        on tickets.source_system = systems.source_system
    left join customers on tickets.customer_key = customers.customer_key
    where
        customers.customer_key is null
        or not (customers.is_test or customers.is_employee)
),

final as (
    select
        ticket_key,
        source_system,
        ticket_id,
        customer_key,
        created_at,
        solved_at,
        channel,
        topic,
        team,
        segment,
        persona,
        country,
        language,
        is_open,
        is_complaint,
        context_known,
        is_first_level_resolvable,
        related_order_id,
        refund_amount,
        is_from_customer,
        is_one_touch,
        -- net of what nobody at the first level can settle (metrics.md 2.12, Net FCR)
        case when is_first_level_resolvable then is_one_touch end as is_one_touch_net,
        case
            when first_solved_at is not null or not is_open then reopens > 0
        end as is_reopened,
        coalesce(first_solved_at, created_at) as first_solved_or_created_at,
        coalesce(solved_at, created_at) as solved_or_created_at,
        case
            -- solved without a recorded answer: whether one was given is not known
            when awaits_reply and (is_open or first_reply_at is not null)
                then {{ is_within_target(
                    'first_reply_business_seconds', 'business_seconds_until_now',
                    'first_reply_target'
                ) }}
        end as is_reply_within_target,
        case
            when not is_resolution_unknown
                then {{ is_within_target(
                    'resolution_business_seconds', 'business_seconds_until_now',
                    'resolution_target'
                ) }}
        end as is_resolution_within_target,
        -- durations for survival curves: until it happened, else until it was last seen
        -- not to have happened
        case
            when awaits_reply
                then coalesce(
                    first_reply_seconds,
                    resolution_seconds,
                    case when is_open
                        then {{ seconds_between('created_at', 'as_of') }}
                    end
                )
        end as reply_time_seconds,
        first_reply_seconds is not null as is_replied,
        case
            when not is_resolution_unknown
                then coalesce(
                    resolution_seconds, {{ seconds_between('created_at', 'as_of') }}
                )
        end as resolution_time_seconds,
        resolution_seconds is not null as is_resolved
    from tickets_placed
)

select * from final
