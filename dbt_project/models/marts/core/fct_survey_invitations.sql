-- Grain: one row per survey invitation that was sent or shown.
{%- set kinds = ['customer_id', 'email', 'phone'] %}

with

invitations as (
    select * from {{ ref('accepted_survey_invitations') }}
),

answers as (
    select
        invitation_system,
        invitation_id,
        min(responded_at) as first_answer_at
    from {{ ref('int_survey_responses_linked') }}
    where
        invitation_system is not null
        and coalesce(submitted_by, 'customer') = 'customer'
    group by invitation_system, invitation_id
),

customers as (
    select * from {{ ref('dim_customers') }}
),

invitations_resolved as (
    select
        invitations.*,
        {%- for contact in contacts_named() %}
        invitations.{{ contact }}_id as about_{{ contact }}_id,
        invitations.source_system as about_{{ contact }}_by,
        {%- endfor %}
        cast(null as varchar) as asked_about_touchpoint,
        {{ person_of(kinds) }} as customer_key
    from invitations
    {{ person_joins('invitations', kinds) }}
),

final as (
    select
        {{ key_of(
            "'survey_invitations:' || invitations.source_system || ':' "
            ~ "|| invitations.invitation_id"
        ) }} as invitation_key,
        invitations.invitation_id,
        invitations.survey_id,
        invitations.source_system,
        invitations.customer_key,
        {{ contact_of(
            'invitations', 'coalesce(invitations.sent_at, invitations.shown_at)'
        ) }} as touchpoint_id,
        invitations.channel,
        invitations.sent_at,
        invitations.shown_at,
        invitations.bounced_at,
        invitations.opened_at,
        invitations.started_at,
        invitations.completed_at,
        coalesce(invitations.is_reminder, false) as is_reminder,
        -- test and employee people are not surveyed, nor is who did not consent
        not coalesce(customers.is_test, false)
        and not coalesce(customers.is_employee, false)
        and coalesce(customers.consent_survey, true) as is_eligible,
        answers.first_answer_at is not null as has_valid_response,
        customers.segment,
        customers.persona,
        customers.country,
        customers.language
    from invitations_resolved as invitations
    left join answers
        on
            invitations.source_system = answers.invitation_system
            and invitations.invitation_id = answers.invitation_id
    left join customers on invitations.customer_key = customers.customer_key
    {{ contact_joins('invitations') }}
)

select * from final
