-- Grain: one row per contact of a person with the brand, on any channel. The
-- touchpoints reference says stage and environment; a contact's own environment wins. A
-- contact that was withdrawn comes back once without its time, to take its row's place,
-- and goes.
{{ config(
    materialized='incremental',
    unique_key='touchpoint_id',
    on_schema_change='fail',
    post_hook='delete from {{ this }} where occurred_at is null',
) }}

with

contacts as (
    select
        contacts.*,
        issues.issue_id,
        journeys.journey_id
    from {{ ref('int_contacts_unioned') }} as contacts
    left join {{ ref('int_contact_issues') }} as issues
        on contacts.touchpoint_id = issues.touchpoint_id
    left join {{ ref('int_contact_journeys') }} as journeys
        on contacts.touchpoint_id = journeys.touchpoint_id
),

touchpoints as (
    select * from {{ ref('ref_touchpoints') }}
),

{% if is_incremental() -%}
contacts_changed as (
    select
        contacts.*,
        coalesce(contacts.touchpoint_id, built.touchpoint_id) as touchpoint_id_of_either
    from contacts
    full outer join {{ this }} as built on contacts.touchpoint_id = built.touchpoint_id
    where
        contacts.touchpoint_id is null
        or built.touchpoint_id is null
        or contacts.changed_in_load > built.changed_in_load
        or contacts.customer_key is distinct from built.customer_key
        -- a session may change because one of its events was withdrawn
        or contacts.duration_seconds is distinct from built.duration_seconds
        or contacts.outcome is distinct from built.outcome
        -- a contact that became known today may belong to, or begin, an old story
        or contacts.issue_id is distinct from built.issue_id
        or contacts.journey_id is distinct from built.journey_id
),

{% endif -%}
final as (
    select
        contacts.{{
            'touchpoint_id_of_either' if is_incremental() else 'touchpoint_id'
        }}
            as touchpoint_id,
        contacts.customer_key,
        contacts.occurred_at,
        contacts.touchpoint,
        contacts.channel,
        coalesce(contacts.environment, touchpoints.environment) as environment,
        touchpoints.stage,
        contacts.direction,
        contacts.source,
        contacts.source_system,
        contacts.source_entity,
        contacts.source_id,
        contacts.session_id,
        contacts.journey_id,
        contacts.issue_id,
        contacts.topic,
        contacts.team,
        contacts.duration_seconds,
        contacts.wait_seconds,
        contacts.outcome,
        cast(contacts.cost as decimal(18, 4)) as cost,
        contacts.case_id,
        contacts.context_known,
        contacts.handed_over_to_human,
        coalesce(touchpoints.is_moment_that_matters, false)
            as is_moment_that_matters,
        contacts.changed_in_load
    from {{ 'contacts_changed' if is_incremental() else 'contacts' }} as contacts
    left join touchpoints on contacts.touchpoint = touchpoints.touchpoint
)

select * from final
