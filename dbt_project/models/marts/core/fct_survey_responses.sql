-- Grain: one row per answered, valid, scored question; answers "not applicable" are
-- kept, and stay outside every n (is_counted).

with

responses as (
    select * from {{ ref('int_survey_responses_scored') }}
    where scale_id is not null and (score is not null or is_not_applicable)
),

customers as (
    select * from {{ ref('dim_customers') }}
),

touchpoints as (
    select * from {{ ref('ref_touchpoints') }}
),

responses_described as (
    select
        responses.*,
        coalesce(
            responses.customer_key,
            -- nobody is known behind this response: it is one person of its own
            {{ key_of(
                "'response:' || responses.source_system || ':' || responses.response_id"
            ) }}
        ) as person_key,
        not coalesce(responses.is_not_applicable, false)
        and not coalesce(customers.is_test, false)
        and not coalesce(customers.is_employee, false)
        and not responses.is_duplicate
        and coalesce(responses.submitted_by, 'customer') = 'customer' as is_counted,
        customers.segment as person_segment,
        customers.persona,
        customers.country,
        customers.language as person_language,
        coalesce(responses.stage, touchpoints.stage) as touchpoint_stage,
        coalesce(responses.contact_environment, touchpoints.environment) as environment
    from responses
    left join customers on responses.customer_key = customers.customer_key
    left join touchpoints on responses.about_touchpoint = touchpoints.touchpoint
),

final as (
    select
        answer_key,
        response_id,
        question_id,
        survey_id,
        source_system,
        customer_key,
        person_key,
        touchpoint_id,
        about_touchpoint as touchpoint,
        touchpoint_stage as stage,
        environment,
        metric,
        scope,
        scale_id,
        -- "not applicable" may come with a code such as 99, which is no score
        case when not coalesce(is_not_applicable, false) then score end as score,
        case when not coalesce(is_not_applicable, false) then score_scaled end
            as score_scaled,
        case when not coalesce(is_not_applicable, false) then category end as category,
        case when not coalesce(is_not_applicable, false) then first_score end
            as first_score,
        {{ is_good('first_category') }}
        and {{ is_bad('category') }}
        and not coalesce(is_not_applicable, false) as is_good_to_bad,
        {{ is_bad('first_category') }}
        and {{ is_good('category') }}
        and not coalesce(is_not_applicable, false) as is_bad_to_good,
        is_headline,
        driver,
        coalesce(is_not_applicable, false) as is_not_applicable,
        is_duplicate,
        is_counted,
        brand,
        responded_at,
        period_at,
        coalesce(contact_channel, asked_on_channel) as channel,
        device,
        coalesce(language, person_language) as language,
        coalesce(segment, person_segment) as segment,
        persona,
        country,
        team,
        stratum,
        weight,
        coalesce(
            is_counted
            and row_number() over (
                partition by
                    person_key, metric, scope, scale_id, brand, question_id, is_counted
                order by responded_at desc, row_key desc
            ) = 1,
            false
        ) as is_latest_of_person,
        case when text is not null then answer_key end as text_id
    from responses_described
)

select * from final
