-- Grain: one row per decision, and scope and scale on which its touchpoint is judged; a
-- decision whose touchpoint nobody judges has one row, of scope and scale `none`.
-- Before and after are the nearest windows of 90 days of rpt_metrics that end before
-- the decision and begin after it. They describe, they do not prove: whatever else
-- happened then is in the difference too.
{%- set days = rolling_periods()['rolling_90d'].days %}

with

decisions as (
    select
        *,
        {{ key_of("'decisions:' || source_system || ':' || decision_id") }}
            as decision_key,
        {{ local_date('decided_at') }} as decided_day
    from {{ ref('accepted_decisions') }}
),

touchpoints as (
    select * from {{ ref('ref_touchpoints') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

scores as (
    select
        *,
        cast(period_start + interval '{{ days }}' day as date) as period_end
    from {{ ref('rpt_metrics') }}
    where
        metric = 'csat'
        and weighting = 'none'
        and dimension = 'touchpoint'
        and period_grain = 'rolling_90d'
        and scope in ('relational', 'transactional')
),

windows_around as (
    select
        decisions.decision_key,
        decisions.touchpoint,
        scores.scope,
        scores.scale_id,
        max(scores.period_start) filter (
            where scores.period_end <= decisions.decided_day
        ) as before_start,
        min(scores.period_start) filter (
            where scores.period_start >= decisions.decided_day
        ) as after_start
    from decisions
    inner join scores on decisions.touchpoint = scores.member
    group by
        decisions.decision_key, decisions.touchpoint, scores.scope, scores.scale_id
),

windows_scored as (
    select
        windows_around.decision_key,
        windows_around.scope,
        windows_around.scale_id,
        {%- for side in ['before', 'after'] %}
        windows_around.{{ side }}_start,
        scores_{{ side }}.value as {{ side }}_value,
        scores_{{ side }}.n as {{ side }}_n,
        scores_{{ side }}.n_effective as {{ side }}_n_effective,
        scores_{{ side }}.ci_low as {{ side }}_ci_low,
        scores_{{ side }}.ci_high as {{ side }}_ci_high,
        coalesce(scores_{{ side }}.is_suppressed, false) as is_{{ side }}_suppressed,
        {%- endfor %}
        coalesce(scores_after.is_provisional, false) as is_provisional
    from windows_around
    {%- for side in ['before', 'after'] %}
    left join scores as scores_{{ side }}
        on
            windows_around.scope = scores_{{ side }}.scope
            and windows_around.scale_id = scores_{{ side }}.scale_id
            and windows_around.{{ side }}_start = scores_{{ side }}.period_start
            and windows_around.touchpoint = scores_{{ side }}.member
    {%- endfor %}
),

changes as (
    select
        *,
        after_value - before_value as value,
        {{ newcombe_low(
            'after_value', 'after_n_effective', 'before_value', 'before_n_effective'
        ) }} as ci_low,
        {{ newcombe_high(
            'after_value', 'after_n_effective', 'before_value', 'before_n_effective'
        ) }} as ci_high
    from windows_scored
),

final as (
    select
        decisions.decision_key,
        decisions.decision_id,
        decisions.source_system,
        decisions.decided_at,
        {{ masked('decisions.title') }} as title,
        decisions.is_visible_to_customer,
        decisions.touchpoint,
        touchpoints.stage,
        touchpoints.is_moment_that_matters,
        {{ masked('decisions.expected_effect') }} as expected_effect,
        cast(decisions.cost as decimal(18, 4)) as cost,
        decisions.review_at,
        decisions.review_at <= as_of.as_of as is_review_due,
        -- the register has no field for a review: a row that was changed since its day
        -- has been looked at
        decisions.review_at <= as_of.as_of
        and coalesce(decisions.updated_at < decisions.review_at, true)
            as is_review_overdue,
        coalesce(changes.scope, 'none') as scope,
        coalesce(changes.scale_id, 'none') as scale_id,
        {%- for side in ['before', 'after'] %}
        changes.{{ side }}_start,
        changes.{{ side }}_value,
        changes.{{ side }}_ci_low,
        changes.{{ side }}_ci_high,
        cast(changes.{{ side }}_n as bigint) as {{ side }}_n,
        {%- endfor %}
        {%- for column in ['value', 'ci_low', 'ci_high'] %}
        {{ significant('changes.' ~ column) }} as {{ column }},
        {%- endfor %}
        cast(changes.before_n + changes.after_n as bigint) as n,
        coalesce(
            changes.is_before_suppressed or changes.is_after_suppressed, false
        ) as is_suppressed,
        coalesce(least(changes.before_n, changes.after_n) < 30, false) as is_wide,
        changes.is_provisional
    from decisions
    cross join as_of
    left join touchpoints on decisions.touchpoint = touchpoints.touchpoint
    left join changes on decisions.decision_key = changes.decision_key
)

select * from final
