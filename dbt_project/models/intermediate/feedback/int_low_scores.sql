-- Grain: one row per response that asks for an answer: the lowest of its headline
-- answers, where that is a detractor or bottom box on its scale.

with

answers as (
    select * from {{ ref('fct_survey_responses') }}
    where
        is_headline
        and is_counted
        -- what is said of a rival, or of the employer, is not for customer care; nor is
        -- that one would not have called
        and scope <> 'benchmark'
        and metric not in ('enps', 'would_have_called')
        and category in ('detractor', 'bottom')
),

answers_ranked as (
    select
        *,
        -- a person who was low on two questions at once is called once
        row_number() over (
            partition by source_system, response_id
            order by score_scaled asc, answer_key asc
        ) as place
    from answers
),

owners as (
    select * from {{ ref('ref_owners') }}
),

answers_worst as (
    select * from answers_ranked
    where place = 1
),

owners_found as (
    select
        answers_worst.answer_key,
        -- touchpoint and team, touchpoint, team, default: the most specific rule first
        max_by(
            owners.owner,
            case when owners.touchpoint is not null then 2 else 0 end
            + case when owners.team is not null then 1 else 0 end
        ) as owner
    from answers_worst
    inner join owners
        on
            (
                owners.touchpoint is null
                or answers_worst.touchpoint = owners.touchpoint
            )
            and (owners.team is null or answers_worst.team = owners.team)
    group by answers_worst.answer_key
),

staffed_days as (
    select * from {{ ref('int_staffed_days') }}
),

deadlines_in_staffed_time as (
    select
        answers_worst.*,
        {{ staffed_seconds_at('answers_worst.responded_at', 'staffed_days') }}
        + {{ var('feedback_sla_hours') }} * 3600 as due_after_seconds
    from answers_worst
    left join staffed_days
        on {{ local_date('answers_worst.responded_at') }} = staffed_days.day
),

due_days as (
    select
        *,
        staffed_seconds_before
        + {{ seconds_between('opens_at', 'closes_at') }} as staffed_seconds_after
    from staffed_days
    where opens_at is not null
),

final as (
    select
        answers.*,
        owners_found.owner,
        -- in seconds with fractions, so that a deadline is exact
        {{ seconds_after(
            'due_days.opens_at',
            'answers.due_after_seconds - due_days.staffed_seconds_before'
        ) }} as due_at
    from deadlines_in_staffed_time as answers
    left join owners_found on answers.answer_key = owners_found.answer_key
    left join due_days
        on
            answers.due_after_seconds > due_days.staffed_seconds_before
            and answers.due_after_seconds <= due_days.staffed_seconds_after
)

select * from final
