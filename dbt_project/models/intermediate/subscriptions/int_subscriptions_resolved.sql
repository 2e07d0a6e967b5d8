-- Grain: one row per subscription that has begun by `as_of`, with its subscriber.
-- What happens after `as_of` has not happened yet: a service that will end still runs
-- (the churn date is the end of service, not of the notice).
{%- set kinds = ['customer_id', 'email'] %}

with

subscriptions as (
    select
        accepted.*,
        {{ person_of(kinds) }} as customer_key
    from {{ ref('accepted_subscriptions') }} as accepted
    {{ person_joins('accepted', kinds) }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

-- Revenue is compared at one rate throughout, or the currency would churn: the newest
-- known at `as_of`.
rates as (
    select
        exchange_rates.currency,
        max_by(exchange_rates.rate, exchange_rates.month) as rate
    from {{ ref('ref_exchange_rates') }} as exchange_rates
    cross join as_of
    where
        substr(exchange_rates.month, 1, 7)
        <= substr(cast({{ local_date('as_of.as_of') }} as varchar), 1, 7)
    group by exchange_rates.currency
),

subscriptions_begun as (
    select
        subscriptions.*,
        as_of.as_of,
        {{ key_of(
            "'subscriptions:' || subscriptions.source_system "
            ~ "|| ':' || subscriptions.subscription_id"
        ) }} as subscription_key,
        {{ named_key('account', 'subscriptions', 'accounts', 'account_id') }}
            as account_key,
        case
            when
                coalesce(subscriptions.currency, own.currency, '')
                = coalesce(own.currency, '')
                then 1.0e0
            else rates.rate
        end as rate_to_own_currency,
        own.currency as own_currency
    from subscriptions
    cross join as_of
    cross join {{ ref('int_own_currency') }} as own
    left join rates on subscriptions.currency = rates.currency
    {{ named_joins(
        'subscriptions', 'account', ref('accepted_accounts'), 'account_id'
    ) }}
    where subscriptions.started_at <= as_of.as_of
),

subscriptions_identified as (
    select
        subscription_key,
        subscription_id,
        source_system,
        customer_key,
        account_key,
        -- who keeps or leaves is the account, where the contract names one
        coalesce(account_key, customer_key, subscription_key) as subscriber_key,
        started_at,
        case when ended_at <= as_of then ended_at end as ended_at,
        case when paused_from <= as_of then paused_from end as paused_from,
        paused_to,
        plan,
        mrr,
        rate_to_own_currency,
        own_currency,
        switched_to_competitor,
        row_key,
        updated_at
    from subscriptions_begun
),

final as (
    select
        *,
        -- everything the subscriber had before had ended before this one began; of one
        -- that begins as another ends nobody was lost
        max(coalesce(ended_at, timestamp '9999-12-31 00:00:00')) over (
            partition by subscriber_key
            order by started_at asc, subscription_key asc
            rows between unbounded preceding and 1 preceding
        ) < started_at as is_reactivation,
        -- one subscriber is one member of a dimension: that of whom the first named
        first_value(customer_key) over (
            partition by subscriber_key
            order by
                case when customer_key is null then 1 else 0 end asc,
                started_at asc,
                subscription_key asc
        ) as contact_key
    from subscriptions_identified
)

select * from final
