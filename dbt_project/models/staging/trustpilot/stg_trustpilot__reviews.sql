-- Grain: one row per version of a review, and per review that was deleted: as it was
-- shown last, withdrawn. What was read later holds: a reply of the company leaves the
-- time of a review's last change alone.
with

reviews as (
    select * from {{ source('raw_trustpilot', 'reviews') }}
),

reviews_shown as (
    select * from reviews
    where {{ in_record('isDeleted') }} is null
),

reviews_last_shown as (
    select * from {{ newest_rows(
        'reviews_shown', 'source_system, ' ~ in_record('id')
    ) }}
),

final as (
    select
        reviews._load_id,
        reviews._file_id,
        reviews._record_number,
        reviews.source_system,
        {{ json_text('reviews.record', 'isDeleted') }} as is_deleted,
        case
            when {{ json_text('reviews.record', 'isDeleted') }} = 'true'
                then reviews_last_shown.record
            else reviews.record
        end as record
    from reviews
    inner join reviews_last_shown
        on
            reviews.source_system = reviews_last_shown.source_system
            and {{ json_text('reviews.record', 'id') }}
            = {{ json_text('reviews_last_shown.record', 'id') }}
)

select {{ contract_row('reviews', 'trustpilot', {
    'source_system': 'source_system',
    'review_id': in_record('id'),
    'posted_at': in_record('createdAt'),
    'rating': in_record('stars'),
    'rating_max': "'5'",
    'platform': "'trustpilot'",
    'title': in_record('title'),
    'text': in_record('text'),
    'language': in_record('language'),
    'replied_at': in_record('companyReply.createdAt'),
    'is_deleted': 'is_deleted',
}) }}
from final
