-- Grain: one row per contact that is about something a person wants settled, with the
-- issue it belongs to: contacts of one known person on one topic, each at most
-- issue_gap_days after the one before. No topic is one topic of its own.
-- The issue is named after its first contact.

with

contacts as (
    select * from {{ ref('int_contacts_unioned') }}
),

touchpoints as (
    select * from {{ ref('ref_touchpoints') }}
),

contacts_about_something as (
    select
        contacts.touchpoint_id,
        contacts.customer_key,
        contacts.occurred_at,
        contacts.touchpoint,
        contacts.channel,
        contacts.direction,
        contacts.topic,
        contacts.team,
        contacts.case_id,
        contacts.context_known,
        contacts.source_entity
    from contacts
    left join touchpoints on contacts.touchpoint = touchpoints.touchpoint
    where
        contacts.customer_key is not null
        and (
            contacts.source_entity = 'tickets'
            or (
                contacts.source_entity = 'interactions'
                and contacts.campaign_id is null
                and contacts.touchpoint <> 'campaign'
                and (
                    contacts.topic is not null
                    or contacts.case_id is not null
                    -- who visits a store without a word of why is shopping; who calls
                    -- support is not, nor is it known of a touchpoint without a stage
                    or (
                        contacts.direction = 'inbound'
                        and coalesce(touchpoints.stage = 'support', true)
                    )
                )
            )
        )
),

contacts_followed as (
    select
        *,
        lag(occurred_at) over matter as previous_at,
        lag(channel) over matter as previous_channel,
        lag(case_id) over matter as previous_case_id
    from contacts_about_something
    window matter as (
        partition by customer_key, topic
        order by occurred_at, touchpoint_id
    )
),

contacts_begun as (
    select
        *,
        case
            when
                {{ seconds_between('previous_at', 'occurred_at') }}
                <= {{ var('issue_gap_days') }} * 86400
                then 0
            else 1
        end as begins_issue
    from contacts_followed
),

contacts_numbered as (
    select
        *,
        sum(begins_issue) over (
            partition by customer_key, topic
            order by occurred_at, touchpoint_id
            rows between unbounded preceding and current row
        ) as issue_number
    from contacts_begun
),

contacts_in_issues as (
    select
        touchpoint_id,
        customer_key,
        occurred_at,
        touchpoint,
        channel,
        direction,
        topic,
        team,
        case_id,
        context_known,
        source_entity,
        -- the contact before, of the same issue
        case when begins_issue = 0 then previous_channel end as previous_channel,
        case when begins_issue = 0 then previous_case_id end as previous_case_id,
        first_value(touchpoint_id) over (
            partition by customer_key, topic, issue_number
            order by occurred_at, touchpoint_id
        ) as first_touchpoint_id
    from contacts_numbered
),

final as (
    select
        *,
        {{ key_of("'issue:' || cast(first_touchpoint_id as varchar)") }} as issue_id,
        {{ is_context_kept() }} as is_context_kept
    from contacts_in_issues
)

select * from final
