-- Grain: one row: the month from which on it is known who left. Who left before the
-- records begin is missing from them, and months in which nobody could be seen leaving
-- would show a perfect retention. As set, else the month of the first recorded end of a
-- service or change of a price; null where there is neither.

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
            changes.source_system = subscriptions.source_system
            and changes.subscription_id = subscriptions.subscription_id
            and changes.changed_at > subscriptions.started_at
    cross join as_of
    where changes.changed_at <= as_of.as_of
),

final as (
    select
        {% if var('subscriptions_known_from') -%}
        -- an aggregate in either case: one row
        {{ period_start(
            'month',
            "max(cast('" ~ var('subscriptions_known_from') ~ "' as date))"
        ) }} as known_from
        {%- else -%}
        {{ period_start('month', local_date('min(recorded_at)')) }} as known_from
        {%- endif %}
    from moments
)

select * from final
