-- Grain: one row per visit to a stage: contacts of one walk through a journey that
-- follow each other in the same stage.

with

contacts as (
    select * from {{ ref('int_contact_journeys') }}
),

journeys as (
    select
        journey_id,
        status
    from {{ ref('fct_journeys') }}
),

answers as (
    select
        touchpoint_id,
        scale_id,
        score
    from {{ ref('fct_survey_responses') }}
    where
        metric = 'csat'
        and is_headline
        and is_counted
        and scope = 'transactional'
        and touchpoint_id is not null
),

contacts_in_visits as (
    select
        touchpoint_id,
        journey_id,
        journey,
        customer_key,
        stage,
        stage_position,
        occurred_at,
        count(*) filter (where previous_stage is distinct from stage) over (
            partition by journey_id
            order by contact_number
            rows between unbounded preceding and current row
        ) as visit_number
    from contacts
),

visits as (
    select
        journey_id,
        visit_number,
        min(journey) as journey,
        min(customer_key) as customer_key,
        min(stage) as stage,
        min(stage_position) as stage_position,
        min(occurred_at) as entered_at,
        max(occurred_at) as last_contact_at,
        count(*) as contacts
    from contacts_in_visits
    group by journey_id, visit_number
),

visits_followed as (
    select
        *,
        row_number() over (
            partition by journey_id, stage
            order by visit_number
        ) as visit,
        lead(entered_at) over (
            partition by journey_id
            order by visit_number
        ) as left_at
    from visits
),

visits_rated as (
    select
        contacts_in_visits.journey_id,
        contacts_in_visits.visit_number,
        count(*) as answers,
        min(answers.scale_id) as scale_id,
        min(answers.scale_id) = max(answers.scale_id) as is_on_one_scale,
        cast(sum(cast(answers.score as decimal(18, 6))) as double) / count(*)
            as mean_score
    from contacts_in_visits
    inner join answers on contacts_in_visits.touchpoint_id = answers.touchpoint_id
    group by contacts_in_visits.journey_id, contacts_in_visits.visit_number
),

-- Scores of different scales are never pooled: a visit rated on two has no mean.
satisfaction as (
    select
        journey_id,
        visit_number,
        answers,
        case when is_on_one_scale then scale_id end as scale_id,
        case when is_on_one_scale then mean_score end as mean_score
    from visits_rated
),

final as (
    select
        visits.journey_id,
        visits.stage,
        cast(visits.visit as integer) as visit,
        cast(visits.visit_number as integer) as visit_number,
        visits.journey,
        visits.customer_key,
        visits.stage_position,
        visits.entered_at,
        visits.left_at,
        visits.last_contact_at,
        visits.left_at is null and journeys.status = 'open' as is_censored,
        visits.contacts,
        {{ significant('satisfaction.mean_score') }} as satisfaction_mean,
        coalesce(satisfaction.answers, 0) as satisfaction_n,
        satisfaction.scale_id as satisfaction_scale_id
    from visits_followed as visits
    inner join journeys on visits.journey_id = journeys.journey_id
    left join satisfaction
        on
            visits.journey_id = satisfaction.journey_id
            and visits.visit_number = satisfaction.visit_number
)

select * from final
