-- Grain: one row per review in a document. The archive knows a review by its name
-- alone, whose last part is its id.
{% set changed = in_record('updateTime') %}
{% set replied = in_record('reviewReply.updateTime') %}
with

final as (
    select * from {{ source('raw_google_business', 'reviews') }}
    where list = 'reviews'
)

select {{ contract_row('reviews', 'google_business', {
    'source_system': "'google_business'",
    'review_id': replace_all(
        first_of([in_record('name'), in_record('reviewId')]), '^.*/', ''
    ),
    'posted_at': in_record('createTime'),
    'rating': "case " ~ in_record('starRating') ~ " when 'ONE' then '1' when 'TWO' then '2' "
    ~ "when 'THREE' then '3' when 'FOUR' then '4' when 'FIVE' then '5' else "
    ~ in_record('starRating') ~ " end",
    'rating_max': "'5'",
    'platform': "'google_business'",
    'text': in_record('comment'),
    'replied_at': replied,
    'updated_at': 'greatest(' ~ first_of([changed, in_record('createTime')]) ~ ', '
    ~ first_of([replied, in_record('createTime')]) ~ ')',
}) }}
from final
