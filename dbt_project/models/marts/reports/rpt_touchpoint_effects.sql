-- Grain: one row per journey and touchpoint: what hangs on it, how many pass it and how
-- satisfied they are. Effects are association, not cause.

with

contacts as (
    select
        contacts.journey,
        contacts.touchpoint,
        contacts.journey_id,
        contacts.customer_key,
        contacts.is_goal
    from {{ ref('int_contact_journeys') }} as contacts
    inner join {{ ref('dim_customers') }} as customers
        on contacts.customer_key = customers.customer_key
    where not (customers.is_test or customers.is_employee)
),

traffic as (
    select
        journey,
        touchpoint,
        bool_or(is_goal) as is_goal,
        count(*) as traffic,
        count(distinct journey_id) as walks,
        count(distinct customer_key) as persons
    from contacts
    group by journey, touchpoint
),

effects as (
    select * from {{ source('analytics', 'touchpoint_effects') }}
),

satisfaction as (
    select * from {{ ref('rpt_moments') }}
    where period_grain = 'all'
),

touchpoints as (
    select
        traffic.journey,
        traffic.touchpoint,
        traffic.is_goal,
        traffic.traffic,
        traffic.walks,
        traffic.persons,
        effects.n_persons,
        effects.goal_probability,
        effects.removal_effect,
        effects.ci_low as effect_ci_low,
        effects.ci_high as effect_ci_high,
        effects.share,
        effects.memory_bits,
        effects.memory_p_value,
        satisfaction.evidence,
        satisfaction.scale_id,
        satisfaction.numerator as satisfied,
        satisfaction.n as answers,
        satisfaction.performance,
        satisfaction.performance_ci_low,
        satisfaction.performance_ci_high,
        {{ moment_priority('traffic.traffic', 'satisfaction.performance') }}
            as priority,
        {{ moment_priority('traffic.traffic', 'satisfaction.performance_ci_high') }}
            as priority_ci_low,
        {{ moment_priority('traffic.traffic', 'satisfaction.performance_ci_low') }}
            as priority_ci_high
    from traffic
    left join effects
        on
            traffic.journey = effects.journey
            and traffic.touchpoint = effects.touchpoint
    left join satisfaction on traffic.touchpoint = satisfaction.touchpoint
),

final as (
    select
        journey,
        touchpoint,
        is_goal,
        n_persons,
        {{ significant('goal_probability') }} as goal_probability,
        {{ significant('removal_effect') }} as removal_effect,
        {{ significant('effect_ci_low') }} as effect_ci_low,
        {{ significant('effect_ci_high') }} as effect_ci_high,
        {{ significant('share') }} as share,
        {{ significant('memory_bits') }} as memory_bits,
        {{ significant('memory_p_value') }} as memory_p_value,
        traffic,
        walks,
        persons,
        evidence,
        scale_id,
        satisfied,
        answers,
        performance,
        performance_ci_low,
        performance_ci_high,
        {{ significant('priority') }} as priority,
        {{ significant('priority_ci_low') }} as priority_ci_low,
        {{ significant('priority_ci_high') }} as priority_ci_high
    from touchpoints
)

select * from final
