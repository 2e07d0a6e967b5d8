-- Grain: one row per low score that asks for an answer (one per response).

with

low_scores as (
    select * from {{ ref('int_low_scores') }}
),

actions as (
    select * from {{ ref('accepted_feedback_actions') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

-- What was done before the answer was given cannot be about it.
actions_of_case as (
    select
        low_scores.answer_key,
        min(actions.acted_at) filter (where actions.action = 'contacted')
            as contacted_at,
        max(actions.acted_at) filter (where actions.action = 'closed')
            as last_closed_at,
        count(*) filter (where actions.action = 'reopened') as reopens,
        max_by(
            actions.action,
            {{ ordered_pair('actions.acted_at', 'actions.row_key') }}
        ) as last_action
    from low_scores
    inner join actions
        on
            low_scores.source_system = actions.response_system
            and low_scores.response_id = actions.response_id
            and low_scores.responded_at <= actions.acted_at
    group by low_scores.answer_key
),

cases_acted_on as (
    select
        low_scores.*,
        actions_of_case.contacted_at,
        actions_of_case.last_closed_at,
        coalesce(actions_of_case.reopens, 0) as reopens,
        actions_of_case.last_action
    from low_scores
    left join actions_of_case on low_scores.answer_key = actions_of_case.answer_key
),

consents as (
    select
        consents.*,
        {{ person_of(['customer_id']) }} as customer_key
    from {{ ref('accepted_consents') }} as consents
    {{ person_joins('consents', ['customer_id']) }}
    where consents.purpose = 'survey'
),

-- Whether the person could be contacted is asked of the moment of contact, or of the
-- deadline where there was none: who withdraws afterwards was still to be contacted.
consents_at_contact as (
    select
        cases_acted_on.answer_key,
        max_by(
            consents.granted,
            {{ ordered_pair('consents.changed_at', 'consents.row_key') }}
        ) filter (
            where
            consents.changed_at
            <= least(cases_acted_on.contacted_at, cases_acted_on.due_at)
        ) as is_granted
    from cases_acted_on
    inner join consents on cases_acted_on.customer_key = consents.customer_key
    group by cases_acted_on.answer_key
),

cases_judged as (
    select
        cases_acted_on.*,
        as_of.as_of,
        case
            -- a documented contact shows that somebody was there to be reached
            when
                cases_acted_on.customer_key is null
                and cases_acted_on.contacted_at is null
                then 'nobody_known'
            when
                not case
                    -- a history of consents says more than the CRM's latest word
                    when consents_at_contact.answer_key is not null
                        then coalesce(consents_at_contact.is_granted, true)
                    else coalesce(customers.consent_survey, true)
                end
                then 'no_consent'
        end as contact_barrier
    from cases_acted_on
    cross join as_of
    left join customers on cases_acted_on.customer_key = customers.customer_key
    left join consents_at_contact
        on cases_acted_on.answer_key = consents_at_contact.answer_key
),

final as (
    select
        {{ key_of("'feedback_cases:' || source_system || ':' || response_id") }}
            as case_id,
        response_id,
        source_system,
        answer_key,
        customer_key,
        person_key,
        survey_id,
        metric,
        scope,
        scale_id,
        score,
        touchpoint,
        stage,
        channel,
        environment,
        team,
        segment,
        persona,
        country,
        language,
        responded_at as opened_at,
        owner,
        case when contact_barrier is null then due_at end as due_at,
        contacted_at,
        -- opened again after it was closed: not closed
        case when last_action = 'closed' then last_closed_at end as closed_at,
        case
            when last_action is not null then last_action
            when contact_barrier is not null then 'not_asked'
            when due_at <= as_of then 'overdue'
            else 'open'
        end as status,
        contact_barrier is null as is_contact_allowed,
        contact_barrier,
        coalesce(contact_barrier = 'no_consent', false)
        and contacted_at is not null as is_consent_breached,
        coalesce(contact_barrier is null and due_at <= as_of, false) as is_due,
        case
            when contact_barrier is not null then null
            when contacted_at is not null then contacted_at <= due_at
            when due_at <= as_of then false
        end as is_on_time,
        cast(reopens as integer) as reopens,
        {{ seconds_between('responded_at', 'contacted_at') }} as contact_seconds,
        text_id
    from cases_judged
)

select * from final
