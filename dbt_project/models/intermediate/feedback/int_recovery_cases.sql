-- Grain: one row per customer whose first low score came due at least 90 days ago: was
-- the customer contacted by the deadline, and still a customer 90 days after it?
-- All that people are matched on is taken from before the low score; the deadline is
-- the landmark: whoever had left by then is in neither group, and whoever was contacted
-- later counts as not contacted (metrics.md 2.24, 2.26).
{%- set days = 90 %}

with

cases as (
    select * from {{ ref('fct_feedback_cases') }}
    where is_due and customer_key is not null
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

-- The second case of a person would be judged by what was done about the first.
first_cases as (
    select *
    from (
        select
            *,
            row_number() over (
                partition by customer_key
                order by opened_at asc, case_id asc
            ) as place
        from cases
    ) as cases_ranked
    where place = 1
),

landmarks as (
    select
        first_cases.*,
        cast(first_cases.due_at + interval '{{ days }}' day as timestamp) as judged_at
    from first_cases
    cross join as_of
    where first_cases.due_at + interval '{{ days }}' day <= as_of.as_of
),

purchases as (
    select
        customer_key,
        ordered_at,
        amount - coalesce(refund_amount, 0) as value,
        -- goods sent back are no return of the customer
        coalesce(status <> 'returned', true) and returned_at is null as is_return
    from {{ ref('fct_orders') }}
    where is_purchase and customer_key is not null
),

subscriptions as (
    select
        subscriptions.*,
        {{ person_of(['customer_id', 'email']) }} as customer_key
    from {{ ref('accepted_subscriptions') }} as subscriptions
    {{ person_joins('subscriptions', ['customer_id', 'email']) }}
),

bought as (
    select
        landmarks.case_id,
        min(purchases.ordered_at) as first_bought_at,
        max(purchases.ordered_at) filter (
            where purchases.ordered_at <= landmarks.due_at
        ) as last_bought_at,
        sum(purchases.value) filter (
            where purchases.ordered_at <= landmarks.opened_at
        ) as value_before,
        coalesce(bool_or(
            purchases.is_return
            and purchases.ordered_at > landmarks.due_at
            and purchases.ordered_at <= landmarks.judged_at
        ), false) as has_bought_again
    from landmarks
    inner join purchases on landmarks.customer_key = purchases.customer_key
    group by landmarks.case_id
),

subscribed as (
    select
        landmarks.case_id,
        min(subscriptions.started_at) as first_subscribed_at,
        bool_or(
            coalesce(subscriptions.ended_at > landmarks.due_at, true)
        ) as is_subscriber_at_landmark,
        bool_or(
            coalesce(subscriptions.ended_at > landmarks.judged_at, true)
        ) as is_subscriber_later
    from landmarks
    inner join subscriptions
        on
            landmarks.customer_key = subscriptions.customer_key
            and landmarks.opened_at >= subscriptions.started_at
    group by landmarks.case_id
),

customers_at_landmark as (
    select
        landmarks.case_id,
        landmarks.customer_key,
        landmarks.scale_id,
        landmarks.opened_at,
        coalesce(landmarks.contacted_at <= landmarks.due_at, false) as is_contacted,
        coalesce(subscribed.is_subscriber_at_landmark, false) as is_subscriber,
        -- a subscriber stays by staying, a buyer by buying again
        case
            when subscribed.is_subscriber_at_landmark
                then subscribed.is_subscriber_later
            else bought.has_bought_again
        end as is_retained,
        least(bought.first_bought_at, subscribed.first_subscribed_at) as customer_from,
        bought.value_before,
        answers.score_scaled
    from landmarks
    inner join {{ ref('fct_survey_responses') }} as answers
        on landmarks.answer_key = answers.answer_key
    left join bought on landmarks.case_id = bought.case_id
    left join subscribed on landmarks.case_id = subscribed.case_id
    -- whoever is no customer at the landmark cannot be kept: a prospect, a subscription
    -- that ended, a buyer who has lapsed
    where
        subscribed.is_subscriber_at_landmark
        or (
            bought.first_bought_at <= landmarks.opened_at
            and {{ seconds_between('bought.last_bought_at', 'landmarks.due_at') }}
            <= {{ var('lapsed_after_days') }} * 86400
        )
),

final as (
    select
        case_id,
        customer_key,
        is_contacted,
        is_retained,
        concat_ws(
            ' / ',
            scale_id,
            -- the lower quarter of the scale, or above it
            case when score_scaled < -0.5e0 then 'very low' else 'low' end,
            case
                when value_before is null then 'no purchase'
                else 'value band ' || cast(
                    ceil(3 * cume_dist() over (
                        partition by case when value_before is null then 0 else 1 end
                        order by value_before asc nulls first
                    )) as integer
                )
            end,
            case
                when
                    {{ seconds_between('customer_from', 'opened_at') }} < 90 * 86400
                    then 'new'
                when
                    {{ seconds_between('customer_from', 'opened_at') }} < 365 * 86400
                    then 'first year'
                else 'older'
            end,
            case when is_subscriber then 'subscriber' else 'buyer' end
        ) as stratum
    from customers_at_landmark
)

select * from final
