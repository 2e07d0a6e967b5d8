-- Grain: one row per review of an order: a satisfaction score from 1 to 5 about that
-- order. review_id repeats over orders, so a response is review_id:order_id. Who was
-- asked and did not answer is not known: there are no invitations, and no response rate
-- follows.
select {{ contract_row('survey_responses', 'olist', given=[
    'response_id', 'survey_id', 'question_id', 'responded_at', 'score', 'text',
    'order_id',
    'language',
]) }}
from (
    select
        _load_id,
        _file_id,
        _record_number,
        review_id || ':' || order_id as response_id,
        'olist_review' as survey_id,
        'csat' as question_id,
        review_answer_timestamp as responded_at,
        review_score as score,
        nullif(concat_ws(' ', review_comment_title, review_comment_message), '')
            as text,
        order_id,
        'pt' as language
    from {{ source('raw_olist', 'order_reviews') }}
) as renamed
