-- Grain: one row per journey, kind of deviation and stage (`all`: at any stage): how
-- the walks that are over differ from the journey as designed. Up to the goal; test
-- people and employees are left out.

with

designed as (
    select
        journey,
        stage,
        position
    from {{ ref('ref_journeys') }}
),

walks as (
    select
        walks.journey_id,
        walks.journey,
        walks.customer_key,
        walks.is_entered,
        walks.first_stage
    from {{ ref('fct_journeys') }} as walks
    inner join {{ ref('dim_customers') }} as customers
        on walks.customer_key = customers.customer_key
    where
        walks.status <> 'open'
        and not (customers.is_test or customers.is_employee)
),

-- A visit begins where the stage is another than that of the contact before.
visits as (
    select
        contacts.journey_id,
        contacts.journey,
        contacts.stage,
        contacts.stage_position,
        contacts.contact_number
    from {{ ref('int_contact_journeys') }} as contacts
    inner join walks on contacts.journey_id = walks.journey_id
    where
        contacts.is_until_goal
        and contacts.previous_stage is distinct from contacts.stage
),

visits_compared as (
    select
        *,
        lag(stage_position) over walk as previous_position,
        max(stage_position) over (
            partition by journey_id
            order by contact_number
            rows between unbounded preceding and 1 preceding
        ) as furthest_before,
        row_number() over (partition by journey_id, stage order by contact_number)
            as visit
    from visits
    window walk as (partition by journey_id order by contact_number)
),

extents as (
    select
        journey_id,
        journey,
        min_by(stage_position, contact_number) as first_position,
        max(stage_position) as furthest_position
    from visits
    group by journey_id, journey
),

-- A stage between the first one of the walk and the furthest that the walk never saw.
skips as (
    select
        extents.journey_id,
        extents.journey,
        designed.stage
    from extents
    inner join designed
        on
            extents.journey = designed.journey
            and extents.first_position < designed.position
            and extents.furthest_position > designed.position
    left join visits
        on
            extents.journey_id = visits.journey_id
            and designed.stage = visits.stage
    where visits.journey_id is null
),

deviations as (
    select
        journey_id,
        journey,
        'started_late' as deviation,
        first_stage as stage
    from walks
    where not is_entered
    union all
    select
        journey_id,
        journey,
        'skipped' as deviation,
        stage
    from skips
    union all
    select
        journey_id,
        journey,
        'out_of_order' as deviation,
        stage
    from visits_compared
    where visit = 1 and stage_position < furthest_before
    union all
    select
        journey_id,
        journey,
        'visited_again' as deviation,
        stage
    from visits_compared
    where visit > 1
    union all
    select
        journey_id,
        journey,
        'moved_back' as deviation,
        stage
    from visits_compared
    where stage_position < previous_position
),

deviations_counted as (
    select
        journey,
        deviation,
        stage,
        count(*) as occurrences,
        count(distinct journey_id) as numerator
    from deviations
    group by journey, deviation, stage
    union all
    select
        journey,
        deviation,
        'all' as stage,
        count(*) as occurrences,
        count(distinct journey_id) as numerator
    from deviations
    group by journey, deviation
    union all
    select
        journey,
        'any' as deviation,
        'all' as stage,
        count(*) as occurrences,
        count(distinct journey_id) as numerator
    from deviations
    group by journey
),

-- Every deviation of every journey that was walked stands there, at no stage at least:
-- that nobody skipped anything is a finding.
kinds as (
    select
        counted.journey,
        counted.n,
        counted.n_persons,
        kinds.deviation
    from (
        select
            journey,
            count(*) as n,
            count(distinct customer_key) as n_persons
        from walks
        group by journey
    ) as counted
    cross join (
        values
        ('started_late'), ('skipped'), ('out_of_order'), ('visited_again'),
        ('moved_back'), ('any')
    ) as kinds (deviation)
),

rows_complete as (
    select
        kinds.journey,
        kinds.deviation,
        coalesce(found.stage, 'all') as stage,
        coalesce(found.occurrences, 0) as occurrences,
        coalesce(found.numerator, 0) as numerator,
        kinds.n,
        kinds.n_persons
    from kinds
    left join deviations_counted as found
        on
            kinds.journey = found.journey
            and kinds.deviation = found.deviation
),

rows_rated as (
    select
        *,
        numerator * 1.0e0 / n as value
    from rows_complete
),

rows_with_interval as (
    select
        *,
        {{ wilson_low('value', 'n') }} as ci_low,
        {{ wilson_high('value', 'n') }} as ci_high
    from rows_rated
),

final as (
    select
        journey,
        deviation,
        stage,
        occurrences,
        numerator,
        n as denominator,
        n,
        n_persons,
        {{ significant('value') }} as value,
        {{ significant('ci_low') }} as ci_low,
        {{ significant('ci_high') }} as ci_high
    from rows_with_interval
)

select * from final
