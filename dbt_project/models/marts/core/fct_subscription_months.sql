-- Grain: one row per subscription and calendar month of the tenant's zone in which its
-- service ran. What happens at midnight of the first belongs to the month that begins;
-- the running month is seen as it stands at `as_of`.

with

subscriptions as (
    select * from {{ ref('int_subscriptions_resolved') }}
),

prices as (
    select * from {{ ref('int_subscription_prices') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

span as (
    select
        cast(
            {{ period_start('month', local_date('min(subscriptions.started_at)')) }}
            as timestamp
        ) as first_day,
        cast({{ local_date('max(as_of.as_of)') }} as timestamp) as last_day
    from subscriptions
    cross join as_of
),

days as (
    {{ day_spine('(select first_day from span)', '(select last_day from span)') }}
),

months as (
    select
        day as month,
        {{ utc_of_local('cast(day as timestamp)') }} as month_from,
        {{ utc_of_local("cast(day + interval '1' month as timestamp)") }} as month_until
    from days
    where extract(day from day) = 1
),

months_served as (
    select
        subscriptions.*,
        months.month,
        months.month_from,
        months.month_until,
        subscriptions.started_at < months.month_from as is_active_at_start,
        coalesce(subscriptions.ended_at >= months.month_until, true)
            as is_active_at_end,
        coalesce(
            subscriptions.paused_from < months.month_from
            and coalesce(subscriptions.paused_to >= months.month_from, true),
            false
        ) as is_paused_at_start,
        coalesce(
            subscriptions.paused_from < months.month_until
            and coalesce(subscriptions.paused_to >= months.month_until, true),
            false
        ) as is_paused_at_end
    from subscriptions
    inner join months
        on
            subscriptions.started_at < months.month_until
            and coalesce(subscriptions.ended_at >= months.month_from, true)
),

months_priced as (
    select
        months_served.*,
        -- no service, no revenue; service at an unknown price is unknown revenue
        case when is_active_at_start then before.mrr else 0 end as mrr_start,
        case when is_active_at_end then after.mrr else 0 end as mrr_end
    from months_served
    left join prices as before
        on
            months_served.subscription_key = before.subscription_key
            and months_served.month_from > before.price_from
            and months_served.month_from <= before.price_until
    left join prices as after
        on
            months_served.subscription_key = after.subscription_key
            and months_served.month_until > after.price_from
            and months_served.month_until <= after.price_until
),

final as (
    select
        subscription_key,
        subscription_id,
        source_system,
        cast(month as date) as month,
        customer_key,
        account_key,
        subscriber_key,
        contact_key,
        plan,
        cast(mrr_start as decimal(18, 4)) as mrr_start,
        cast(mrr_end as decimal(18, 4)) as mrr_end,
        own_currency as currency,
        is_active_at_start,
        is_active_at_end,
        started_at >= month_from as is_started,
        not is_active_at_end as is_ended,
        is_paused_at_end as is_paused,
        case
            when not is_active_at_end then 'churned'
            when not is_active_at_start and coalesce(is_reactivation, false)
                then 'reactivated'
            when not is_active_at_start then 'new'
            when mrr_end > mrr_start then 'expansion'
            when mrr_end < mrr_start then 'contraction'
            when is_paused_at_end and not is_paused_at_start then 'paused'
            when is_paused_at_start and not is_paused_at_end then 'resumed'
            when mrr_end = mrr_start then 'unchanged'
        end as change_kind,
        case when not is_active_at_end then switched_to_competitor end
            as switched_to_competitor,
        started_at,
        ended_at
    from months_priced
)

select * from final
