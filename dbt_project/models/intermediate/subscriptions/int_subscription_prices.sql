-- Grain: one row per subscription and stretch of time with one monthly revenue, in the
-- tenant's currency. From subscription_changes; before the first of them, and where
-- there is none, from the versions of the subscription itself. A source that keeps the
-- first price in the row and one that keeps the newest are both read right; what was
-- paid before the first known price is unknown, not the same.

with

subscriptions as (
    select * from {{ ref('int_subscriptions_resolved') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

changes as (
    select
        subscriptions.subscription_key,
        changes.changed_at,
        changes.mrr,
        changes.row_key
    from {{ ref('accepted_subscription_changes') }} as changes
    inner join subscriptions
        on
            changes.subscription_system = subscriptions.source_system
            and changes.subscription_id = subscriptions.subscription_id
    cross join as_of
    where changes.changed_at <= as_of.as_of
),

changes_summed as (
    select
        subscription_key,
        min(changed_at) as first_changed_at,
        max_by(mrr, {{ ordered_pair('changed_at', 'row_key') }}) as last_mrr
    from changes
    group by subscription_key
),

versions as (
    select
        subscription_key,
        mrr,
        updated_at,
        row_key
    from subscriptions
    union all
    -- of replaced versions without a time nobody knows when they held
    select
        subscriptions.subscription_key,
        retired.mrr,
        retired.updated_at,
        retired.row_key
    from {{ ref('retired_subscriptions') }} as retired
    inner join subscriptions
        on
            retired.source_system = subscriptions.source_system
            and retired.subscription_id = subscriptions.subscription_id
    where retired.updated_at is not null
),

-- Once there are changes they alone tell of prices: the row may keep the first price or
-- follow the newest.
prices_stated as (
    select
        versions.subscription_key,
        versions.updated_at as known_from,
        versions.mrr,
        false as is_change,
        versions.row_key
    from versions
    left join changes_summed
        on versions.subscription_key = changes_summed.subscription_key
    cross join as_of
    where
        versions.mrr is not null
        and coalesce(versions.updated_at <= as_of.as_of, true)
        and coalesce(versions.updated_at < changes_summed.first_changed_at, true)
        and not (
            versions.updated_at is null and changes_summed.first_changed_at is not null
        )
),

subscriptions_stated as (
    select subscription_key
    from prices_stated
    group by subscription_key
),

-- A row that never said so earlier, and says another price than the last change, says
-- the first one.
prices_kept as (
    select
        subscriptions.subscription_key,
        cast(null as timestamp) as known_from,
        subscriptions.mrr,
        false as is_change,
        subscriptions.row_key
    from subscriptions
    inner join changes_summed
        on subscriptions.subscription_key = changes_summed.subscription_key
    left join subscriptions_stated as stated
        on subscriptions.subscription_key = stated.subscription_key
    where
        stated.subscription_key is null
        and subscriptions.mrr <> changes_summed.last_mrr
),

prices_known as (
    select
        subscription_key,
        changed_at as known_from,
        mrr,
        true as is_change,
        row_key
    from changes
    union all
    select * from prices_stated
    union all
    select * from prices_kept
),

prices_ordered as (
    select
        prices_known.*,
        subscriptions.rate_to_own_currency,
        row_number() over (
            partition by prices_known.subscription_key
            order by
                prices_known.known_from asc nulls first,
                prices_known.row_key asc
        ) as place
    from prices_known
    inner join subscriptions
        on prices_known.subscription_key = subscriptions.subscription_key
),

-- The first price that the subscription itself states held from its start on.
prices_dated as (
    select
        subscription_key,
        cast(mrr * rate_to_own_currency as decimal(18, 4)) as mrr,
        case
            when place = 1 and not is_change then timestamp '1900-01-01 00:00:00'
            else known_from
        end as price_from,
        place
    from prices_ordered
),

final as (
    select
        subscription_key,
        mrr,
        price_from,
        lead(price_from, 1, timestamp '9999-12-31 00:00:00') over (
            partition by subscription_key
            order by place asc
        ) as price_until
    from prices_dated
)

select * from final
