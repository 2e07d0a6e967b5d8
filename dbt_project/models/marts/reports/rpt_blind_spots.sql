-- Grain: one row per touchpoint and environment in which people met the brand, over all
-- time and over the last 90 days: is anybody asked how it was?

with

as_of as (
    select * from {{ ref('int_as_of') }}
),

customers as (
    select
        customer_key,
        is_test or is_employee as is_own_person
    from {{ ref('dim_customers') }}
),

-- Test people and employees are not asked, so their contacts are no blind spot.
touchpoints as (
    select touchpoints.*
    from {{ ref('fct_touchpoints') }} as touchpoints
    left join customers on touchpoints.customer_key = customers.customer_key
    where not coalesce(customers.is_own_person, false)
),

invitations as (
    select
        touchpoint_id,
        count(*) as invitations
    from {{ ref('fct_survey_invitations') }}
    where touchpoint_id is not null and not is_reminder
    group by touchpoint_id
),

answers as (
    select
        touchpoint_id,
        count(*) as answers
    from {{ ref('fct_survey_responses') }}
    where touchpoint_id is not null and is_counted
    group by touchpoint_id
),

contacts as (
    select
        touchpoints.touchpoint,
        coalesce(touchpoints.environment, 'unknown') as environment,
        touchpoints.touchpoint_id,
        touchpoints.customer_key,
        touchpoints.occurred_at > as_of.as_of - interval '90' day as is_recent,
        invitations.invitations,
        answers.answers
    from touchpoints
    cross join as_of
    left join invitations on touchpoints.touchpoint_id = invitations.touchpoint_id
    left join answers on touchpoints.touchpoint_id = answers.touchpoint_id
),

final as (
    {% for grain, condition in [('all', 'true'), ('rolling_90d', 'is_recent')] -%}
    select
        '{{ grain }}' as period_grain,
        touchpoint,
        environment,
        count(*) as contacts,
        count(distinct customer_key) as persons,
        count(invitations) as contacts_asked_about,
        count(answers) as contacts_answered_about,
        {{ significant('cast(count(answers) as double) / count(*)') }}
            as answered_share,
        count(answers) = 0 as is_blind_spot
    from contacts
    where {{ condition }}
    group by touchpoint, environment
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
