-- Grain: one row: the month from which on it is known who left. Who left before the
-- records begin is missing from them, and months in which nobody could be seen leaving
-- would show a perfect retention. As set, else the month of the first recorded end of a
-- service or change of a price; null where there is neither.
{#- an aggregate in either case: one row -#}
{%- set as_set = "max(cast('" ~ var('subscriptions_known_from') ~ "' as date))" %}
{%- set as_recorded = local_date('min(recorded_at)') %}
{%- set known_from = as_set if var('subscriptions_known_from') else as_recorded %}

with

subscriptions as (
    select * from {{ ref('int_subscriptions_resolved') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

moments as (
    select min(ended_at) as recorded_at from subscriptions
    union all
    select min(changes.changed_at)
    from {{ ref('accepted_subscription_changes') }} as changes
    inner join subscriptions
        on
            changes.subscription_system = subscriptions.source_system
            and changes.subscription_id = subscriptions.subscription_id
            and changes.changed_at > subscriptions.started_at
    cross join as_of
    where changes.changed_at <= as_of.as_of
),

final as (
    select
        {{ period_start('month', known_from) }} as known_from
    from moments
)

select * from final
