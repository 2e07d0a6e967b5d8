-- Grain: one row per funnel, step and segment (`all`: everybody).
-- Per person: the first time at the first step begins it; each further step is the first
-- contact that fits and follows the step before, within the window. At equal times the
-- order of the steps decides. Whose window is not over yet is left out; test people and
-- employees too.

with

steps_designed as (
    select
        *,
        row_number() over (partition by funnel order by position) as step_number
    from {{ ref('ref_funnels') }}
),

people as (
    select
        customer_key,
        coalesce(segment, 'unknown') as segment
    from {{ ref('dim_customers') }}
    where not (is_test or is_employee)
),

contacts as (
    select
        touchpoint_id,
        customer_key,
        touchpoint,
        stage,
        occurred_at
    from {{ ref('fct_touchpoints') }}
    where customer_key is not null
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

touchpoints as (
    select
        touchpoint,
        stage
    from contacts
    group by touchpoint, stage
),

-- which touchpoints fit a step, so that contacts are joined by equality
steps_at_touchpoints as (
    select
        touchpoints.touchpoint,
        steps_designed.funnel,
        steps_designed.step_number,
        steps_designed.within_days
    from touchpoints
    inner join steps_designed
        on
            coalesce(steps_designed.touchpoint, touchpoints.touchpoint)
            = touchpoints.touchpoint
            and (
                steps_designed.stage is null
                or steps_designed.stage = touchpoints.stage
            )
),

contacts_at_steps as (
    select
        steps.funnel,
        steps.step_number,
        steps.within_days,
        contacts.customer_key,
        contacts.touchpoint_id,
        contacts.occurred_at
    from contacts
    inner join steps_at_touchpoints as steps
        on contacts.touchpoint = steps.touchpoint
    inner join people on contacts.customer_key = people.customer_key
),

entries as (
    select
        funnel,
        customer_key,
        min(within_days) as within_days,
        min(occurred_at) as entered_at,
        min_by(touchpoint_id, {{ ordered_pair('occurred_at', 'touchpoint_id') }})
            as touchpoint_id
    from contacts_at_steps
    where step_number = 1
    group by funnel, customer_key
),

reached_1 as (
    select
        entries.funnel,
        entries.customer_key,
        entries.within_days,
        entries.entered_at,
        entries.entered_at as reached_at,
        entries.touchpoint_id
    from entries
    cross join as_of
    where
        {{ seconds_between('entries.entered_at', 'as_of.as_of') }}
        >= entries.within_days * 86400
),

{% for number in range(2, most_funnel_steps() + 1) -%}
reached_{{ number }} as (
    select
        before.funnel,
        before.customer_key,
        before.within_days,
        before.entered_at,
        min(contacts.occurred_at) as reached_at,
        min_by(
            contacts.touchpoint_id,
            {{ ordered_pair('contacts.occurred_at', 'contacts.touchpoint_id') }}
        ) as touchpoint_id
    from reached_{{ number - 1 }} as before
    inner join contacts_at_steps as contacts
        on
            before.funnel = contacts.funnel
            and before.customer_key = contacts.customer_key
            and contacts.occurred_at >= before.reached_at
            and before.touchpoint_id <> contacts.touchpoint_id
            and {{ seconds_between('before.entered_at', 'contacts.occurred_at') }}
            < before.within_days * 86400
    where contacts.step_number = {{ number }}
    group by
        before.funnel,
        before.customer_key,
        before.within_days,
        before.entered_at
),

{% endfor -%}
people_at_steps as (
    {% for number in range(1, most_funnel_steps() + 1) -%}
    select
        funnel,
        customer_key,
        {{ number }} as step_number,
        {{ seconds_between('entered_at', 'reached_at') }} as seconds
    from reached_{{ number }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

people_in_segments as (
    select
        people_at_steps.*,
        'segment' as dimension,
        people.segment
    from people_at_steps
    inner join people on people_at_steps.customer_key = people.customer_key
    union all
    select
        *,
        'all' as dimension,
        'all' as segment
    from people_at_steps
),

steps_counted as (
    select
        funnel,
        step_number,
        dimension,
        segment,
        count(*) as reached,
        median(seconds) as median_seconds_to_step
    from people_in_segments
    group by funnel, step_number, dimension, segment
),

-- A step that nobody of a segment reached stands there too: that is a finding.
steps_complete as (
    select
        designed.funnel,
        designed.step,
        designed.step_number,
        first_steps.dimension,
        first_steps.segment,
        first_steps.reached as entrants,
        coalesce(counted.reached, 0) as reached,
        counted.median_seconds_to_step
    from steps_designed as designed
    inner join steps_counted as first_steps
        on
            designed.funnel = first_steps.funnel
            and first_steps.step_number = 1
    left join steps_counted as counted
        on
            designed.funnel = counted.funnel
            and designed.step_number = counted.step_number
            and first_steps.dimension = counted.dimension
            and first_steps.segment = counted.segment
),

steps_compared as (
    select
        steps.*,
        lag(steps.reached) over (
            partition by steps.funnel, steps.dimension, steps.segment
            order by steps.step_number
        ) as reached_before,
        everybody.entrants - steps.entrants as other_entrants,
        everybody.reached - steps.reached as other_reached
    from steps_complete as steps
    inner join steps_complete as everybody
        on
            steps.funnel = everybody.funnel
            and steps.step_number = everybody.step_number
            and everybody.dimension = 'all'
),

steps_rated as (
    select
        *,
        reached * 1.0e0 / nullif(reached_before, 0) as step_rate,
        reached * 1.0e0 / entrants as overall_rate,
        other_reached * 1.0e0 / nullif(other_entrants, 0) as other_rate
    from steps_compared
),

steps_with_interval as (
    select
        *,
        {{ wilson_low('step_rate', 'nullif(reached_before, 0)') }} as step_ci_low,
        {{ wilson_high('step_rate', 'nullif(reached_before, 0)') }} as step_ci_high,
        {{ wilson_low('overall_rate', 'entrants') }} as overall_ci_low,
        {{ wilson_high('overall_rate', 'entrants') }} as overall_ci_high,
        case when step_number > 1 then overall_rate - other_rate end as difference,
        case
            when step_number > 1 and other_entrants > 0
                then {{ newcombe_low(
                    'overall_rate', 'entrants', 'other_rate', 'other_entrants'
                ) }}
        end as difference_ci_low,
        case
            when step_number > 1 and other_entrants > 0
                then {{ newcombe_high(
                    'overall_rate', 'entrants', 'other_rate', 'other_entrants'
                ) }}
        end as difference_ci_high
    from steps_rated
),

final as (
    select
        funnel,
        step,
        cast(step_number as integer) as step_number,
        dimension,
        segment,
        entrants,
        reached,
        reached_before,
        {{ significant('step_rate') }} as step_rate,
        {{ significant('step_ci_low') }} as step_ci_low,
        {{ significant('step_ci_high') }} as step_ci_high,
        {{ significant('overall_rate') }} as overall_rate,
        {{ significant('overall_ci_low') }} as overall_ci_low,
        {{ significant('overall_ci_high') }} as overall_ci_high,
        {{ significant('difference') }} as difference,
        {{ significant('difference_ci_low') }} as difference_ci_low,
        {{ significant('difference_ci_high') }} as difference_ci_high,
        {{ significant('median_seconds_to_step') }} as median_seconds_to_step
    from steps_with_interval
)

select * from final
