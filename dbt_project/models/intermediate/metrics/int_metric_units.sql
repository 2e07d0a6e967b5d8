-- Grain: one row per thing that counts in a score or a rate (an answer, an invitation,
-- an order with a deadline, a purchase), once unweighted and once for each weighting it
-- has.
{%- set dimensions = metric_dimensions() %}

with

answers as (
    select * from {{ ref('fct_survey_responses') }}
    where is_counted and metric in ('nps', 'enps', 'product_nps', 'csat', 'ces')
),

questions as (
    select * from {{ ref('ref_questions') }}
),

scales as (
    select * from {{ ref('ref_scales') }}
),

invitations as (
    select * from {{ ref('fct_survey_invitations') }}
),

invitations_judged as (
    select
        *,
        coalesce(sent_at, shown_at) as asked_at,
        -- a tool that tracks starts also says what was completed; else an answer
        -- completes
        completed_at is not null
        or (started_at is null and has_valid_response) as is_completed
    from invitations
    where coalesce(sent_at, shown_at) is not null
),

touchpoints as (
    select * from {{ ref('fct_touchpoints') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

-- A question about one touchpoint is reported under that touchpoint and nowhere else. A
-- driver question merely inherits the touchpoint of its contact; an expectation is not
-- an experience.
answers_placed as (
    select
        answers.*,
        {{ local_date('answers.period_at') }} as day,
        case
            when answers.is_headline or questions.question_id is null
                then answers.touchpoint
            when questions.is_expectation_of is null then questions.touchpoint
        end as own_touchpoint
    from answers
    left join questions
        on
            answers.source_system = questions.source_system
            and answers.survey_id = questions.survey_id
            and answers.question_id = questions.question_id
            and answers.responded_at >= questions.in_force_from
            and answers.responded_at < questions.in_force_until
),

answers_coded as (
    select
        answers.metric as measure,
        answers.scope,
        answers.scale_id,
        answers.person_key,
        answers.day,
        answers.is_headline,
        answers.weight,
        case
            when answers.category in ('promoter', 'top') then 1
            when answers.category = 'detractor' then -1
            else 0
        end as y_main,
        cast(round((answers.score - scales.min) / scales.step) as integer) as y_score,
        case when answers.category = 'bottom' then 1 else 0 end as y_low,
        -- a person's relational score is the last one of the period (metrics.md 2.0)
        case
            when answers.scope = 'transactional' then date '9999-12-31'
            else lead(answers.day, 1, date '9999-12-31') over (
                partition by
                    answers.person_key,
                    answers.metric,
                    answers.scope,
                    answers.scale_id,
                    case when answers.scope = 'benchmark' then answers.brand end,
                    answers.is_headline,
                    case when not answers.is_headline then answers.own_touchpoint end
                order by answers.responded_at asc, answers.answer_key asc
            )
        end as superseded_on,
        answers.channel,
        answers.own_touchpoint as touchpoint,
        answers.stage,
        answers.environment,
        answers.segment,
        answers.persona,
        answers.country,
        answers.device,
        answers.language,
        answers.team,
        case
            when answers.scope = 'benchmark' then answers.brand
            else nullif({{ own_brand() }}, '')
        end as brand,
        answers.survey_id as survey
    from answers_placed as answers
    inner join scales on answers.scale_id = scales.scale_id
    where answers.is_headline or answers.own_touchpoint is not null
),

-- A reminder is no new invitation: its completion is one of the last invitation before
-- it.
reminders_completed as (
    select
        reminders.invitation_key as reminder_key,
        max_by(
            invitations.invitation_key,
            {{ ordered_pair('invitations.asked_at', 'invitations.invitation_key') }}
        ) as invitation_key
    from invitations_judged as reminders
    inner join invitations_judged as invitations
        on
            reminders.survey_id = invitations.survey_id
            and reminders.customer_key = invitations.customer_key
            and reminders.asked_at >= invitations.asked_at
    where
        reminders.is_reminder
        and reminders.is_completed
        and not invitations.is_reminder
    group by reminders.invitation_key
),

invitations_reminded as (
    select invitation_key
    from reminders_completed
    group by invitation_key
),

invitations_coded as (
    select
        invitations.customer_key,
        -invitations.invitation_key as own_key,
        {{ local_date('invitations.asked_at') }} as day,
        case
            when invitations.is_completed or reminded.invitation_key is not null then 1
            else 0
        end as y_main,
        invitations.channel,
        touchpoints.touchpoint,
        touchpoints.stage,
        touchpoints.environment,
        invitations.segment,
        invitations.persona,
        invitations.country,
        invitations.language,
        touchpoints.team,
        invitations.survey_id as survey
    from invitations_judged as invitations
    left join invitations_reminded as reminded
        on invitations.invitation_key = reminded.invitation_key
    left join touchpoints on invitations.touchpoint_id = touchpoints.touchpoint_id
    where
        not invitations.is_reminder
        and invitations.bounced_at is null
        and invitations.is_eligible
),

orders_of_people as (
    select
        orders.*,
        customers.segment,
        customers.persona,
        customers.country,
        customers.language
    from orders
    left join customers on orders.customer_key = customers.customer_key
    -- an order of nobody known is an order; test people and employees count nowhere
    where
        customers.customer_key is null
        or not (customers.is_test or customers.is_employee)
),

final as (
    {% for weighting in ['none', 'given'] -%}
    select
        measure,
        scope,
        scale_id,
        '{{ weighting }}' as weighting,
        person_key,
        day,
        superseded_on,
        is_headline,
        {% if weighting == 'none' -%}
        cast(1 as bigint) as weight,
        {%- else -%}
        cast(round(weight * {{ weight_units() }}) as bigint) as weight,
        {%- endif %}
        y_main,
        y_score,
        y_low,
        {{ dimensions | join(',\n        ') }}
    from answers_coded
    {%- if weighting == 'given' %}
    where weight is not null
    {%- endif %}
    union all
    {% endfor -%}
    select
        'response_rate' as measure,
        'all' as scope,
        'all' as scale_id,
        'none' as weighting,
        coalesce(customer_key, own_key) as person_key,
        day,
        date '9999-12-31' as superseded_on,
        true as is_headline,
        cast(1 as bigint) as weight,
        y_main,
        null as y_score,
        null as y_low,
        channel,
        touchpoint,
        stage,
        environment,
        segment,
        persona,
        country,
        null as device,
        language,
        team,
        null as brand,
        survey
    from invitations_coded
    {% for suffix, is_on_time, due_at in [
        ('', 'is_on_time_first_promise', 'promised_until'),
        ('_requested', 'is_on_time_requested', 'requested_until'),
        ('_last', 'is_on_time_last_promise', 'last_promised_until'),
    ] -%}
    union all
    select
        'on_time_delivery_rate{{ suffix }}' as measure,
        'all' as scope,
        'all' as scale_id,
        'none' as weighting,
        coalesce(customer_key, -order_key) as person_key,
        {{ local_date(due_at) }} as day,
        date '9999-12-31' as superseded_on,
        true as is_headline,
        cast(1 as bigint) as weight,
        case when {{ is_on_time }} then 1 else 0 end as y_main,
        null as y_score,
        null as y_low,
        channel,
        null as touchpoint,
        null as stage,
        null as environment,
        segment,
        persona,
        country,
        null as device,
        language,
        null as team,
        null as brand,
        null as survey
    from orders_of_people
    -- null: not due yet, nothing promised, or cancelled by the customer
    where {{ is_on_time }} is not null
    {% endfor -%}
    union all
    select
        'repeat_purchase_rate' as measure,
        'all' as scope,
        'all' as scale_id,
        'none' as weighting,
        customer_key as person_key,
        {{ local_date('ordered_at') }} as day,
        date '9999-12-31' as superseded_on,
        true as is_headline,
        cast(1 as bigint) as weight,
        -- whether the buyer comes back depends on the period: int_metric_unit_periods
        -- decides
        null as y_main,
        null as y_score,
        null as y_low,
        channel,
        null as touchpoint,
        null as stage,
        null as environment,
        segment,
        persona,
        country,
        null as device,
        language,
        null as team,
        null as brand,
        null as survey
    from orders_of_people
    where is_purchase and customer_key is not null
)

select * from final
