-- Grain: one row per metric, unit and day on which the unit counts: a person who was
-- active, a customer who is new, a review. In a period a unit counts once, with yes if
-- it said yes on any of its days.

with

referrals as (
    select
        *,
        {{ local_date('referred_at') }} as day
    from {{ ref('int_referrals') }}
),

customers as (
    select
        *,
        is_test or is_employee as is_own_person
    from {{ ref('dim_customers') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

reviews as (
    select
        reviews.*,
        {{ local_date('reviews.posted_at') }} as day,
        coalesce(reviews.platform, 'unknown') as platform_named,
        5 * reviews.rating / reviews.rating_max as stars,
        -- one without a reply still waits
        coalesce(
            reviews.reply_seconds,
            {{ seconds_between('reviews.posted_at', 'as_of.as_of') }}
        ) as seconds_waited
    from {{ ref('fct_reviews') }} as reviews
    left join customers on reviews.customer_key = customers.customer_key
    cross join as_of
    where
        not coalesce(customers.is_own_person, false)
        and (reviews.brand is null or reviews.brand = {{ own_brand() }})
),

-- What people did of themselves: a contact, a referral, a review.
deeds as (
    select
        customer_key,
        {{ local_date('occurred_at') }} as day,
        false as is_referral,
        false as is_review
    from {{ ref('fct_touchpoints') }}
    where direction = 'inbound'
    union all
    select
        referrer_key as customer_key,
        day,
        true as is_referral,
        false as is_review
    from referrals
    union all
    select
        customer_key,
        day,
        false as is_referral,
        true as is_review
    from reviews
),

active_days as (
    select
        deeds.customer_key,
        deeds.day,
        bool_or(deeds.is_referral) as has_referred,
        bool_or(deeds.is_review) as has_reviewed
    from deeds
    inner join customers on deeds.customer_key = customers.customer_key
    -- an anonymous visitor could refer nobody by name
    where customers.is_known and not customers.is_own_person
    group by deeds.customer_key, deeds.day
),

new_customers as (
    select
        purchases.customer_key,
        purchases.day,
        referrals.customer_key is not null as is_referred
    from {{ ref('int_purchase_days') }} as purchases
    left join referrals on purchases.customer_key = referrals.customer_key
    where purchases.place = 1
),

final as (
    {% for metric, relation, unit_key, is_yes in [
        ('referral_rate', 'active_days', 'customer_key', 'has_referred'),
        ('review_rate', 'active_days', 'customer_key', 'has_reviewed'),
        (
            'referred_share_of_new_customers', 'new_customers', 'customer_key',
            'is_referred',
        ),
    ] -%}
    select
        '{{ metric }}' as metric,
        {{ unit_key }} as unit_key,
        day,
        {{ is_yes }} as is_yes,
        cast(null as varchar) as platform,
        cast(null as double) as stars,
        cast(null as double) as seconds_waited
    from {{ relation }}
    union all
    {% endfor -%}
    select
        'review_reply_rate' as metric,
        review_key as unit_key,
        day,
        replied_at is not null as is_yes,
        platform_named as platform,
        stars,
        seconds_waited
    from reviews
)

select * from final
