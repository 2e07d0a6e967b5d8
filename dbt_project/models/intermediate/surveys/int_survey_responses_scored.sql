-- Grain: one row per accepted answer, scored on its own scale and put in its scope.

with

responses as (
    select * from {{ ref('int_survey_responses_linked') }}
),

touchpoints as (
    select * from {{ ref('fct_touchpoints') }}
),

responses_placed as (
    select
        responses.*,
        {{ key_of(
            "'survey_responses:' || responses.source_system "
            ~ "|| ':' || responses.response_id "
            ~ "|| ':' || responses.question_id"
        ) }} as answer_key,
        -- who the answer names, else who was invited, else whose contact it is about
        coalesce(
            responses.named_customer_key,
            responses.invited_customer_key,
            touchpoints.customer_key
        ) as customer_key,
        case
            when responses.brand <> {{ own_brand() }} then 'benchmark'
            when
                coalesce(
                    responses.about_order_id, responses.about_ticket_id,
                    responses.about_interaction_id, responses.about_session_id
                ) is not null
                then 'transactional'
            else 'relational'
        end as scope,
        coalesce(touchpoints.occurred_at, responses.responded_at) as period_at,
        coalesce(responses.asked_about_touchpoint, touchpoints.touchpoint)
            as about_touchpoint,
        touchpoints.channel as contact_channel,
        touchpoints.environment as contact_environment,
        touchpoints.team
    from responses
    left join touchpoints on responses.touchpoint_id = touchpoints.touchpoint_id
),

final as (
    select
        *,
        -- Sent twice: the first within the hour counts (metrics.md 2.4). Who judges one
        -- contact twice without having been invited says two things.
        coalesce(
            {{ seconds_between(
                'lag(responded_at) over same_question', 'responded_at'
            ) }} < 3600
            and (
                invitation_id is not null
                or (customer_key is not null and scope = 'relational')
            ),
            false
        ) as is_duplicate,
        case direction
            when 'lower_is_better'
                then 1 - 2 * (score - scale_min) / (scale_max - scale_min)
            else 2 * (score - scale_min) / (scale_max - scale_min) - 1
        end as score_scaled,
        {{ category_of('score') }} as category,
        {{ category_of('first_score') }} as first_category
    from responses_placed
    window same_question as (
        partition by
            source_system, survey_id, question_id, brand, customer_key, invitation_id,
            scope, submitted_by, score is null
        order by responded_at asc, row_key asc
    )
)

select * from final
