-- Grain: one row per issue of a known person, described by its first contact.
-- Mature: the first contact was over seven days ago, so that a further one would have
-- come. Until then it is not known whether the issue was resolved; unless the person
-- came again before the first contact was over, which nothing can undo. Such an issue
-- counts seven days after it began: no sooner than one that was resolved at once.

with

contacts as (
    select * from {{ ref('int_service_contacts') }}
    where issue_key is not null
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

issues as (
    select
        issue_key,
        count(*) as contacts,
        min(occurred_at) filter (where contact_key <> issue_key) as next_contact_at
    from contacts
    group by issue_key
),

issues_followed as (
    select
        contacts.issue_key,
        contacts.customer_key,
        contacts.occurred_at as opened_at,
        contacts.channel,
        contacts.topic,
        contacts.team,
        contacts.touchpoint,
        contacts.stage,
        contacts.environment,
        contacts.segment,
        contacts.persona,
        contacts.country,
        contacts.language,
        issues.contacts,
        contacts.is_first_level_resolvable,
        not contacts.is_open
        and {{ seconds_between('contacts.ended_at', 'as_of.as_of') }}
        >= {{ var('issue_gap_days') * 86400 }} as is_over,
        coalesce(issues.next_contact_at < contacts.ended_at, false)
        and {{ seconds_between('contacts.occurred_at', 'as_of.as_of') }}
        >= {{ var('issue_gap_days') * 86400 }} as is_repeated_before_over,
        issues.contacts = 1 as is_resolved_first
    from contacts
    inner join issues on contacts.issue_key = issues.issue_key
    cross join as_of
    where contacts.contact_key = contacts.issue_key
),

final as (
    select
        *,
        is_over or is_repeated_before_over as is_mature
    from issues_followed
)

select * from final
