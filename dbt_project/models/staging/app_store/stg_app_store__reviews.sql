-- Grain: one row per review in a document. Of two documents the one that was read later
-- holds: Apple does not say when a review was changed.
with

elements as (
    select * from {{ source('raw_app_store', 'reviews') }}
),

-- One that Apple has not published yet nobody has read.
responses as (
    select
        _file_id,
        {{ in_record('id') }} as response_id,
        max({{ in_record('attributes.lastModifiedDate') }}) as replied_at
    from elements
    where
        {{ in_record('type') }} = 'customerReviewResponses'
        and {{ in_record('attributes.state') }} = 'PUBLISHED'
    group by _file_id, {{ in_record('id') }}
),

final as (
    select
        elements.*,
        responses.replied_at
    from elements
    left join responses
        on
            elements._file_id = responses._file_id
            and {{ json_text_at(
                'elements.record', ['relationships', 'response', 'data', 'id']
            ) }} = responses.response_id
    where elements.list = 'data'
)

select {{ contract_row('reviews', 'app_store', {
    'source_system': "'app_store'",
    'review_id': in_record('id'),
    'posted_at': in_record('attributes.createdDate'),
    'rating': in_record('attributes.rating'),
    'rating_max': "'5'",
    'platform': "'app_store'",
    'title': in_record('attributes.title'),
    'text': in_record('attributes.body'),
    'replied_at': 'replied_at',
}) }}
from final
