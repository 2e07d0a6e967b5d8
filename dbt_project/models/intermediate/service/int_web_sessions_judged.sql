-- Grain: one row per web session, with each yes or no that a rate of sessions counts.
-- Test people and employees are out. Null: not a session of that kind, or not decided
-- yet.

with

sessions as (
    select * from {{ ref('int_web_sessions_resolved') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

contacts as (
    select
        customer_key,
        occurred_at
    from {{ ref('int_service_contacts') }}
    where is_assisted and customer_key is not null
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

sessions_placed as (
    select
        sessions.session_key,
        sessions.customer_key,
        sessions.started_at,
        sessions.device,
        sessions.channel,
        {{ device_class(
            'sessions.device', 'sessions.channel',
            'coalesce(sessions.is_cross_device, false)'
        ) }} as device_class,
        sessions.events,
        sessions.errors,
        sessions.rage_clicks,
        sessions.checkout_steps,
        sessions.converted,
        sessions.first_help_at,
        sessions.purchased_at,
        coalesce(customers.is_known, false) as is_known,
        customers.segment,
        customers.persona,
        customers.country,
        customers.language,
        {{ seconds_between('sessions.first_help_at', 'as_of.as_of') }}
        >= {{ var('self_service_hours') * 3600 }} as is_help_mature
    from sessions
    cross join as_of
    left join customers on sessions.customer_key = customers.customer_key
    where
        customers.customer_key is null
        or not (customers.is_test or customers.is_employee)
),

-- Help that was not enough: the person then asked a human.
sessions_followed as (
    select sessions.session_key
    from sessions_placed as sessions
    inner join contacts
        on
            sessions.customer_key = contacts.customer_key
            and sessions.first_help_at <= contacts.occurred_at
    where
        {{ seconds_between('sessions.first_help_at', 'contacts.occurred_at') }}
        <= {{ var('self_service_hours') * 3600 }}
    group by sessions.session_key
),

final as (
    select
        sessions.*,
        -- of a visitor whom nobody knows no later contact can be seen
        case
            when sessions.is_help_mature and sessions.is_known
                then followed.session_key is null
        end as is_self_served,
        coalesce(sessions.is_help_mature and not sessions.is_known, false)
            as is_help_unidentified,
        case
            when sessions.checkout_steps > 0 then sessions.converted
        end as is_checkout_completed,
        coalesce(sessions.errors > 0, false) as has_error,
        coalesce(sessions.rage_clicks > 0, false) as has_rage_click,
        case
            when sessions.purchased_at is not null
                then
                    {{ seconds_between(
                        'sessions.started_at', 'sessions.purchased_at'
                    ) }}
        end as seconds_to_purchase
    from sessions_placed as sessions
    left join sessions_followed as followed
        on sessions.session_key = followed.session_key
)

select * from final
