-- Grain: one row per unit and kind of group in which it waits for an event: a customer
-- who may fall silent, a subscriber who may leave, a purchase that may be followed by
-- another, a ticket that may be solved, a walk that may leave a stage, a late order
-- that may come (metrics.md 2.24). What has not happened by `as_of` is censored then.
-- Groups are what was known from the start: who is sorted by what happens later (a
-- persona made of orders and tickets, an answer to a survey) cannot have failed before.
{%- set of_people = ['segment', 'country', 'acquisition_channel'] %}

with

customers as (
    select
        *,
        is_test or is_employee as is_own_person
    from {{ ref('dim_customers') }}
),

as_of as (
    select
        as_of,
        {{ local_date('as_of') }} as as_of_day
    from {{ ref('int_as_of') }}
),

purchase_days as (
    select
        purchases.*,
        as_of.as_of_day,
        {{ dbt.datediff('purchases.first_day', 'purchases.day', 'day') }} as age,
        {{ dbt.datediff(
            'purchases.day', 'coalesce(purchases.next_day, as_of.as_of_day)', 'day'
        ) }} as gap
    from {{ ref('int_purchase_days') }} as purchases
    cross join as_of
    where purchases.day <= as_of.as_of_day
),

thresholds as (
    select
        *,
        case share_pct
            when 90 then 'inactivity'
            else 'inactivity_p' || cast(share_pct as varchar)
        end as event
    from {{ ref('int_inactivity_thresholds') }}
),

-- The first time that nothing is bought for so long; who comes back later was lost all
-- the same, and won again.
customers_silent as (
    select
        purchases.customer_key,
        thresholds.event,
        thresholds.share_pct,
        min(
            case when purchases.gap > thresholds.days then purchases.age end
        ) + thresholds.days as silent_at,
        max({{ dbt.datediff('purchases.first_day', 'purchases.as_of_day', 'day') }})
            as age_now
    from purchase_days as purchases
    cross join thresholds
    where thresholds.days is not null
    group by
        purchases.customer_key, thresholds.event, thresholds.share_pct, thresholds.days
),

subscriptions as (
    select
        *,
        count(*) filter (where is_reactivation) over (
            partition by subscriber_key
            order by started_at asc, subscription_key asc
            rows between unbounded preceding and current row
        ) as times_back
    from {{ ref('int_subscriptions_resolved') }}
),

-- The first time without any contract, however often the plan changed before.
subscribers as (
    select
        subscriptions.subscriber_key,
        max(subscriptions.contact_key) as contact_key,
        {{ local_date('min(subscriptions.started_at)') }} as first_day,
        case
            when count(subscriptions.ended_at) = count(*)
                then {{ local_date('max(subscriptions.ended_at)') }}
        end as last_day
    from subscriptions
    where subscriptions.times_back = 0
    group by subscriptions.subscriber_key
),

people_units as (
    select
        'retention' as what,
        event,
        customer_key,
        coalesce(silent_at, age_now) as duration,
        silent_at is not null as has_event,
        cast(null as integer) as entry,
        -- the neighbouring thresholds are about the same people
        share_pct = 90 as is_split
    from customers_silent
    union all
    -- Who had left before the records begin is missing from them: whom they know from
    -- earlier is under observation only since.
    select
        'retention' as what,
        'subscription_end' as event,
        subscribers.contact_key as customer_key,
        {{ dbt.datediff(
            'subscribers.first_day',
            'coalesce(subscribers.last_day, as_of.as_of_day)', 'day'
        ) }} as duration,
        subscribers.last_day is not null as has_event,
        case
            when history.known_from > subscribers.first_day
                then {{ dbt.datediff(
                    'subscribers.first_day', 'history.known_from', 'day'
                ) }}
        end as entry,
        true as is_split
    from subscribers
    cross join as_of
    -- where nobody could be seen leaving there is no curve, not a flat one
    inner join {{ ref('int_subscription_history') }} as history
        on history.known_from is not null
    union all
    -- The first gap alone is one per customer; of all gaps those of one customer
    -- resemble each other.
    select
        'repeat_gap' as what,
        'second_purchase' as event,
        customer_key,
        gap as duration,
        next_day is not null as has_event,
        cast(null as integer) as entry,
        true as is_split
    from purchase_days
    where place = 1
    union all
    select
        'repeat_gap' as what,
        'next_purchase' as event,
        customer_key,
        gap as duration,
        next_day is not null as has_event,
        cast(null as integer) as entry,
        false as is_split
    from purchase_days
),

people_described as (
    select
        people_units.*
        {%- for dimension in of_people %},
        customers.{{ dimension }}
        {%- endfor %}
    from people_units
    left join customers on people_units.customer_key = customers.customer_key
    where not coalesce(customers.is_own_person, false)
),

tickets as (
    select
        tickets.channel,
        tickets.topic,
        case
            when tickets.is_open
                then {{ seconds_between('tickets.created_at', 'as_of.as_of') }}
            else tickets.resolution_seconds
        end as duration,
        not tickets.is_open as has_event
    from {{ ref('fct_tickets') }} as tickets
    left join customers on tickets.customer_key = customers.customer_key
    cross join as_of
    where not coalesce(customers.is_own_person, false)
),

-- Whoever gave a journey up never moves on: they stay among those who have not, so that
-- the curve is the share of all. Censored when they gave up, they would leave the
-- faithful behind, who move on more often. The last stage of a completed walk leads
-- nowhere, and is no wait.
stages as (
    select
        visits.journey,
        visits.stage,
        {{ seconds_between(
            'visits.entered_at', 'coalesce(visits.left_at, as_of.as_of)'
        ) }} as duration,
        visits.left_at is not null as has_event
    from {{ ref('fct_journey_stages') }} as visits
    inner join {{ ref('fct_journeys') }} as journeys
        on visits.journey_id = journeys.journey_id
    left join customers on visits.customer_key = customers.customer_key
    cross join as_of
    where
        not coalesce(customers.is_own_person, false)
        and (visits.left_at is not null or journeys.status <> 'completed')
),

-- Orders that were not there when they were first promised, from the day promised to
-- the day they came; those that were on time would make every median 0. One that the
-- company cancelled never comes, and stays among those that have not.
late_orders as (
    select
        orders.channel,
        {{ dbt.datediff(
            local_date('orders.promised_until'),
            'coalesce(' ~ local_date('orders.delivered_at') ~ ', as_of.as_of_day)',
            'day'
        ) }} as duration,
        orders.delivered_at is not null as has_event
    from {{ ref('fct_orders') }} as orders
    left join customers on orders.customer_key = customers.customer_key
    cross join as_of
    where
        orders.is_due
        and coalesce(orders.delivered_at > orders.promised_until, true)
        and not coalesce(customers.is_own_person, false)
),

final as (
    {% for dimension in ['all'] + of_people -%}
    select
        what,
        event,
        '{{ dimension }}' as group_name,
        {% if dimension == 'all' -%} 'all'
        {%- else -%} coalesce({{ dimension }}, 'unknown')
        {%- endif %} as member,
        cast(duration as double) as duration,
        has_event,
        cast(entry as double) as entry,
        true as is_compared
    from people_described
    where duration >= 0{{ ' and is_split' if dimension != 'all' }}
    union all
    {% endfor -%}
    {% for what, event, relation, dimension in [
        ('resolution', 'solved', 'tickets', 'all'),
        ('resolution', 'solved', 'tickets', 'channel'),
        ('resolution', 'solved', 'tickets', 'topic'),
        ('late_days', 'delivered', 'late_orders', 'all'),
        ('late_days', 'delivered', 'late_orders', 'channel'),
    ] -%}
    select
        '{{ what }}' as what,
        '{{ event }}' as event,
        '{{ dimension }}' as group_name,
        {% if dimension == 'all' -%} 'all'
        {%- else -%} coalesce({{ dimension }}, 'unknown')
        {%- endif %} as member,
        cast(duration as double) as duration,
        has_event,
        cast(null as double) as entry,
        true as is_compared
    from {{ relation }}
    -- solved at an unknown time: neither an event nor still open
    where duration >= 0
    union all
    {% endfor -%}
    -- stages differ in kind, and one walk comes through several: no test between them
    select
        'stage' as what,
        'left' as event,
        journey as group_name,
        stage as member,
        duration,
        has_event,
        cast(null as double) as entry,
        false as is_compared
    from stages
    where duration >= 0
)

select * from final
