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

{% set periods = {'all': 'true', 'rolling_90d': 'is_recent'} -%}
contacts_by_person as (
    {% for grain, condition in periods.items() -%}
    select
        '{{ grain }}' as period_grain,
        touchpoint,
        environment,
        customer_key,
        count(*) as contacts,
        count(invitations) as asked_about,
        count(answers) as answered_about
    from contacts
    where {{ condition }}
    group by
        touchpoint,
        environment,
        customer_key,
        -- contacts of nobody known are not one person's
        case when customer_key is null then touchpoint_id end
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

contacts_totalled as (
    select
        period_grain,
        touchpoint,
        environment,
        cast(sum(contacts) as bigint) as contacts,
        count(customer_key) as persons,
        count(*) as groups,
        cast(sum(asked_about) as bigint) as contacts_asked_about,
        cast(sum(answered_about) as bigint) as contacts_answered_about,
        cast(sum(answered_about) as double) / cast(sum(contacts) as double)
            as answered_share,
        cast(sum(answered_about * answered_about) as double) as person_yy,
        cast(sum(answered_about * contacts) as double) as person_yw,
        cast(sum(contacts * contacts) as double) as person_ww
    from contacts_by_person
    group by period_grain, touchpoint, environment
),

variances as (
    select
        *,
        {{ clustered_variance(
            'groups',
            clustered_deviation('person_yy', 'person_yw', 'person_ww', 'answered_share'),
            'contacts'
        ) }} as variance
    from contacts_totalled
),

shares as (
    select
        *,
        case
            when groups > 1
                then {{ clustered_n_effective(
                    '(answered_share * (1 - answered_share))', 'variance',
                    'cast(contacts as double)', 'groups'
                ) }}
        end as n_effective
    from variances
),

final as (
    select
        period_grain,
        touchpoint,
        environment,
        contacts,
        persons,
        contacts_asked_about,
        contacts_answered_about,
        {{ significant('answered_share') }} as answered_share,
        -- contacts of a single person say nothing of other people
        {%- for end, limit in [('low', wilson_low), ('high', wilson_high)] %}
        case
            when n_effective is not null
                then {{ significant(limit('answered_share', 'n_effective')) }}
        end as ci_{{ end }},
        {%- endfor %}
        contacts_answered_about = 0 as is_blind_spot
    from shares
)

select * from final
