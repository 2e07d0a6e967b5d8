-- Grain: one row per public review.

with

reviews as (
    select * from {{ ref('accepted_reviews') }}
),

final as (
    select
        {{ key_of("'reviews:' || reviews.source_system || ':' || reviews.review_id") }}
            as review_key,
        reviews.review_id,
        reviews.source_system,
        {{ person_of(['customer_id']) }} as customer_key,
        reviews.posted_at,
        reviews.rating,
        coalesce(reviews.rating_max, 5) as rating_max,
        reviews.platform,
        reviews.brand,
        reviews.product_id,
        reviews.language,
        reviews.replied_at,
        {{ seconds_between('reviews.posted_at', 'reviews.replied_at') }}
            as reply_seconds
    from reviews
    {{ person_joins('reviews', ['customer_id']) }}
)

select * from final
