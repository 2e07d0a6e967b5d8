-- Grain: one row per measure, dimension member and period; the checklist's questions
-- are the measure `maturity_criterion`, its result `maturity_stage`.

with

facts as (
    select * from {{ ref('int_organisation_facts') }}
),

criteria as (
    select * from {{ ref('ref_maturity_criteria') }}
),

as_of as (
    select {{ local_date('as_of') }} as as_of_day from {{ ref('int_as_of') }}
    -- nothing that is dated: there is no day to speak of
    where as_of is not null
),

facts_valued as (
    select
        *,
        case
            when kind = 'number' then numerator
            else numerator / nullif(denominator, 0)
        end as value,
        -- few answers are hidden, whatever is said of them
        measure in ('unmatched_survey_share', 'staff_heard_share')
        and denominator < {{ var('min_cell') }} as is_suppressed
    from facts
),

-- Of a measure with a value per system every system must pass, so the worst one speaks;
-- of one by period, the whole; by team, everybody.
facts_for_criteria as (
    select
        measure,
        min(value) as lowest,
        max(value) as highest
    from facts_valued
    where
        dimension in ('all', 'system')
        and period_grain in ('all', 'as_of')
        and not is_suppressed
    group by measure
),

criteria_answered as (
    select
        criteria.*,
        case
            when criteria.comparison = 'at_most' then facts.highest
            else facts.lowest
        end as fact,
        -- a fact that is not known is no yes
        coalesce(
            case
                when criteria.comparison = 'at_most'
                    then facts.highest <= criteria.threshold
                when criteria.comparison = 'at_least'
                    then facts.lowest >= criteria.threshold
            end,
            false
        ) as is_met
    from criteria
    left join facts_for_criteria as facts on criteria.measure = facts.measure
),

-- The stage before the first question that is answered with no.
stage_reached as (
    select
        coalesce(
            min(stage) filter (where not is_met) - 1, max(stage)
        ) as stage,
        count(*) filter (where is_met) as met,
        count(*) as questions
    from criteria_answered
    having count(*) > 0
),

facts_with_interval as (
    select
        measure,
        dimension,
        member,
        period_grain,
        period_start,
        kind as unit,
        numerator,
        denominator,
        case when kind = 'rate' then denominator else numerator end as n,
        value,
        case kind
            when 'rate' then {{ wilson_low('value', 'denominator') }}
            when 'per_person_week'
                then {{ poisson_low('numerator') }} / nullif(denominator, 0)
        end as ci_low,
        case kind
            when 'rate' then {{ wilson_high('value', 'denominator') }}
            when 'per_person_week'
                then {{ poisson_high('numerator') }} / nullif(denominator, 0)
        end as ci_high,
        is_suppressed
    from facts_valued
),

rows_of_all_kinds as (
    select
        facts_with_interval.*,
        cast(null as integer) as stage,
        cast(null as varchar) as question,
        cast(null as double) as threshold,
        cast(null as boolean) as is_met
    from facts_with_interval
    union all
    select
        'maturity_criterion' as measure,
        'criterion' as dimension,
        criteria_answered.criterion as member,
        'as_of' as period_grain,
        as_of.as_of_day as period_start,
        criteria_answered.measure as unit,
        null as numerator,
        null as denominator,
        null as n,
        criteria_answered.fact as value,
        null as ci_low,
        null as ci_high,
        false as is_suppressed,
        criteria_answered.stage,
        criteria_answered.question,
        criteria_answered.threshold,
        criteria_answered.is_met
    from criteria_answered
    cross join as_of
    union all
    select
        'maturity_stage' as measure,
        'all' as dimension,
        'all' as member,
        'as_of' as period_grain,
        as_of.as_of_day as period_start,
        'stage' as unit,
        stage_reached.met as numerator,
        stage_reached.questions as denominator,
        stage_reached.questions as n,
        stage_reached.stage as value,
        null as ci_low,
        null as ci_high,
        false as is_suppressed,
        stage_reached.stage,
        null as question,
        null as threshold,
        null as is_met
    from stage_reached
    cross join as_of
),

final as (
    select
        measure,
        dimension,
        member,
        period_grain,
        period_start,
        unit,
        {%- for column in ['numerator', 'denominator'] %}
        case when not is_suppressed then {{ significant(column) }} end as {{ column }},
        {%- endfor %}
        case when not is_suppressed then cast(n as bigint) end as n,
        {%- for column in ['value', 'ci_low', 'ci_high'] %}
        case when not is_suppressed then {{ significant(column) }} end as {{ column }},
        {%- endfor %}
        cast(stage as integer) as stage,
        question,
        threshold,
        is_met,
        is_suppressed,
        coalesce(n < 30, false) as is_wide
    from rows_of_all_kinds
)

select * from final
