-- Grain: one row per text that a person wrote to or about the brand, with personal data
-- masked.

with

answers as (
    select
        answer_key as text_id,
        customer_key,
        'survey_responses' as source,
        responded_at as posted_at,
        language,
        text
    from {{ ref('int_survey_responses_scored') }}
    where text is not null and coalesce(submitted_by, 'customer') = 'customer'
),

reviews as (
    select
        {{ key_of("'reviews:' || reviews.source_system || ':' || reviews.review_id") }}
            as text_id,
        {{ person_of(['customer_id']) }} as customer_key,
        'reviews' as source,
        reviews.posted_at,
        reviews.language,
        concat_ws(' ', reviews.title, reviews.text) as text
    from {{ ref('accepted_reviews') }} as reviews
    {{ person_joins('reviews', ['customer_id']) }}
    where coalesce(reviews.title, reviews.text) is not null
),

messages as (
    select
        {{ key_of(
            "'ticket_messages:' || messages.source_system || ':' || messages.message_id"
        ) }}
            as text_id,
        tickets.customer_key,
        'ticket_messages' as source,
        messages.created_at as posted_at,
        cast(null as varchar) as language,
        messages.text
    from {{ ref('accepted_ticket_messages') }} as messages
    inner join {{ ref('accepted_tickets') }} as written_to
        on
            messages.ticket_system = written_to.source_system
            and messages.ticket_id = written_to.ticket_id
    -- a merged ticket lives on in its survivor
    inner join {{ ref('fct_tickets') }} as tickets
        on
            written_to.source_system = tickets.source_system
            and coalesce(written_to.merged_into_ticket_id, written_to.ticket_id)
            = tickets.ticket_id
    where messages.author_role = 'customer' and messages.text is not null
),

texts as (
    select * from answers
    union all
    select * from reviews
    union all
    select * from messages
),

final as (
    select
        text_id,
        customer_key,
        source,
        posted_at,
        language,
        {{ masked('text') }} as text_masked
    from texts
)

select * from final
