-- Grain: one row per invitation that was sent or shown, reminders aside, and whether it
-- was answered: at once or after a reminder.

with

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

final as (
    select
        invitations.invitation_key,
        invitations.survey_id,
        invitations.customer_key,
        invitations.asked_at,
        invitations.sent_at is not null as is_sent,
        invitations.bounced_at is not null as is_bounced,
        invitations.started_at is not null as is_started,
        invitations.is_eligible,
        invitations.is_completed or reminded.invitation_key is not null as is_completed,
        invitations.channel,
        touchpoints.touchpoint,
        touchpoints.stage,
        touchpoints.environment,
        touchpoints.team,
        invitations.segment,
        invitations.persona,
        invitations.country,
        invitations.language
    from invitations_judged as invitations
    left join invitations_reminded as reminded
        on invitations.invitation_key = reminded.invitation_key
    left join touchpoints on invitations.touchpoint_id = touchpoints.touchpoint_id
    where not invitations.is_reminder
)

select * from final
