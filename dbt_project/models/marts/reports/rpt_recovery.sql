-- Grain: one row per outcome and method.
-- retention_90d: contacted customers against those who were not. Matched: within groups
-- alike in score, value, tenure and kind of relation, the groups weighted by their
-- contacted customers; who has nobody alike in the other group is left out and counted.
-- contact_time: the median time to the first contact, cases without one being censored.
{%- set least = var('min_cell') %}

with

cases as (
    select * from {{ ref('int_recovery_cases') }}
),

cases_waiting as (
    select
        'all' as member,
        -- what was done after the time of reckoning has not happened yet
        coalesce(cases.contacted_at <= as_of.as_of, false) as has_event,
        {{ seconds_between(
            'cases.opened_at', 'least(cases.contacted_at, as_of.as_of)'
        ) }} as duration
    from {{ ref('fct_feedback_cases') }} as cases
    cross join {{ ref('int_as_of') }} as as_of
    where cases.is_contact_allowed and cases.opened_at <= as_of.as_of
),

curve as (
    {{ kaplan_meier('cases_waiting', ['member'], 'duration', 'has_event') | indent }}
),

waits as (
    select
        {{ time_by_which(0.5) }} as value,
        {{ time_by_which(0.5, 'ci_low') }} as ci_low,
        {{ time_by_which(0.5, 'ci_high') }} as ci_high
    from curve
),

waits_counted as (
    select
        count(*) as n,
        count(*) filter (where has_event) as contacted
    from cases_waiting
    having count(*) > 0
),

strata as (
    select
        stratum,
        count(*) filter (where is_contacted) as contacted,
        count(*) filter (where not is_contacted) as others,
        count(*) filter (where is_contacted and is_retained) as contacted_retained,
        count(*) filter (where not is_contacted and is_retained) as others_retained
    from cases
    group by stratum
),

strata_by_method as (
    select
        'matched' as method,
        *,
        contacted > 0 and others > 0 as is_compared
    from strata
    union all
    select
        'unmatched' as method,
        'all' as stratum,
        cast(sum(contacted) as bigint) as contacted,
        cast(sum(others) as bigint) as others,
        cast(sum(contacted_retained) as bigint) as contacted_retained,
        cast(sum(others_retained) as bigint) as others_retained,
        sum(contacted) > 0 and sum(others) > 0 as is_compared
    from strata
    having count(*) > 0
),

-- An uncontacted customer of a group stands for contacted / others contacted ones;
-- Kish's number says how many equally weighted customers those weights leave.
methods as (
    select
        method,
        count(*) filter (where is_compared) as strata,
        sum(case when is_compared then contacted else 0 end) as contacted,
        sum(case when is_compared then others else 0 end) as others,
        sum(case when is_compared then contacted_retained else 0 end)
            as contacted_retained,
        sum(case when is_compared then others_retained else 0 end) as others_retained,
        sum(case when not is_compared then contacted else 0 end) as contacted_left_out,
        sum(case when not is_compared then others else 0 end) as others_left_out,
        -- decimals: their sum does not depend on the order of the rows
        sum(case when is_compared then cast(
            1.0e0 * contacted * others_retained / others as decimal(28, 12)
        ) end) as others_retained_weighted,
        sum(case when is_compared then cast(
            1.0e0 * contacted * contacted / others as decimal(28, 12)
        ) end) as others_ww
    from strata_by_method
    group by method
),

rates as (
    select
        *,
        contacted_retained * 1.0e0 / nullif(contacted, 0) as contacted_rate,
        others_retained_weighted / nullif(contacted, 0) as others_rate,
        {{ kish_n_effective('contacted', 'others_ww') }} as others_n_effective,
        contacted < {{ least }} or others < {{ least }} as is_suppressed
    from methods
),

effects as (
    select
        *,
        contacted_rate - others_rate as value,
        {{ newcombe_low(
            'contacted_rate', 'contacted', 'others_rate', 'others_n_effective'
        ) }} as ci_low,
        {{ newcombe_high(
            'contacted_rate', 'contacted', 'others_rate', 'others_n_effective'
        ) }} as ci_high
    from rates
),

rows_of_all_outcomes as (
    select
        'retention_90d' as outcome,
        method,
        'rate_difference' as unit,
        strata,
        contacted,
        others,
        contacted_retained,
        others_retained,
        contacted_left_out,
        others_left_out,
        contacted_rate,
        others_rate,
        others_n_effective,
        value,
        ci_low,
        ci_high,
        contacted + others as n,
        is_suppressed,
        contacted < 30 or others_n_effective < 30 as is_wide
    from effects
    union all
    select
        'contact_time' as outcome,
        'kaplan_meier' as method,
        'seconds' as unit,
        null as strata,
        waits_counted.contacted,
        waits_counted.n - waits_counted.contacted as others,
        null as contacted_retained,
        null as others_retained,
        null as contacted_left_out,
        null as others_left_out,
        null as contacted_rate,
        null as others_rate,
        null as others_n_effective,
        waits.value,
        waits.ci_low,
        waits.ci_high,
        waits_counted.n,
        waits_counted.n < {{ least }} as is_suppressed,
        waits_counted.n < 30 as is_wide
    from waits_counted
    cross join waits
),

final as (
    select
        outcome,
        method,
        unit,
        {%- for column in [
            'strata', 'contacted', 'others', 'contacted_retained', 'others_retained',
            'contacted_left_out', 'others_left_out',
        ] %}
        case when not is_suppressed then cast({{ column }} as bigint) end
            as {{ column }},
        {%- endfor %}
        {%- for column in [
            'contacted_rate', 'others_rate', 'others_n_effective', 'value', 'ci_low',
            'ci_high',
        ] %}
        case when not is_suppressed then {{ significant(column) }} end as {{ column }},
        {%- endfor %}
        case when not is_suppressed then cast(n as bigint) end as n,
        is_suppressed,
        is_wide
    from rows_of_all_outcomes
)

select * from final
