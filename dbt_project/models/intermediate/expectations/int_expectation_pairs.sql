-- Grain: one row per form, experience that was asked about, and person who said what
-- was expected or experienced; the pairs among them have both.
-- gap_steps: experienced less expected in steps of the scale, positive where the
-- experience was better, whichever way the scale runs.

with

answers as (
    select * from {{ ref('fct_survey_responses') }}
    where is_counted and scope <> 'benchmark'
),

questions as (
    select * from {{ ref('ref_questions') }}
),

scales as (
    select * from {{ ref('ref_scales') }}
),

answers_asked as (
    select
        answers.*,
        questions.is_expectation_of
    from answers
    left join questions
        on
            answers.source_system = questions.source_system
            and answers.survey_id = questions.survey_id
            and answers.question_id = questions.question_id
            and answers.responded_at >= questions.in_force_from
            and answers.responded_at < questions.in_force_until
),

items as (
    select
        source_system,
        survey_id,
        is_expectation_of as item
    from questions
    where is_expectation_of is not null
    group by source_system, survey_id, is_expectation_of
),

-- A person's last word on an item in a wave; the expectation is the last one before it.
experiences as (
    select *
    from (
        select
            answers_asked.*,
            items.item,
            row_number() over (
                partition by
                    answers_asked.source_system,
                    answers_asked.survey_id,
                    items.item,
                    answers_asked.person_key
                order by answers_asked.responded_at desc, answers_asked.answer_key desc
            ) as place
        from answers_asked
        inner join items
            on
                answers_asked.source_system = items.source_system
                and answers_asked.survey_id = items.survey_id
                and answers_asked.question_id = items.item
    ) as experiences_ranked
    where place = 1
),

expectations as (
    select *
    from (
        select
            answers_asked.*,
            answers_asked.is_expectation_of as item,
            experiences.answer_key as experience_key,
            row_number() over (
                partition by
                    answers_asked.source_system,
                    answers_asked.survey_id,
                    answers_asked.is_expectation_of,
                    answers_asked.person_key
                order by
                    -- one that may be paired before one that may not
                    case when experiences.answer_key is null then 1 else 0 end,
                    answers_asked.responded_at desc,
                    answers_asked.answer_key desc
            ) as place
        from answers_asked
        left join experiences
            on
                answers_asked.source_system = experiences.source_system
                and answers_asked.survey_id = experiences.survey_id
                and answers_asked.is_expectation_of = experiences.item
                and answers_asked.person_key = experiences.person_key
                and answers_asked.scale_id = experiences.scale_id
                and answers_asked.responded_at <= experiences.responded_at
        where answers_asked.is_expectation_of is not null
    ) as expectations_ranked
    where place = 1
),

people_of_both as (
    select
        'paired' as form,
        coalesce(experiences.source_system, expectations.source_system)
            as source_system,
        coalesce(experiences.survey_id, expectations.survey_id) as survey_id,
        coalesce(experiences.item, expectations.item) as item,
        coalesce(experiences.person_key, expectations.person_key) as person_key,
        coalesce(experiences.scale_id, expectations.scale_id) as scale_id,
        coalesce(experiences.responded_at, expectations.responded_at) as answered_at,
        experiences.driver,
        experiences.score as perceived,
        expectations.score as expected,
        expectations.experience_key is not null as is_pair,
        -- asked before the contact it is about, else remembered
        coalesce(
            expectations.responded_at < case
                when experiences.scope = 'transactional' then experiences.period_at
                else experiences.responded_at
            end,
            false
        ) as is_captured_before
    from experiences
    full outer join expectations
        on
            experiences.source_system = expectations.source_system
            and experiences.survey_id = expectations.survey_id
            and experiences.item = expectations.item
            and experiences.person_key = expectations.person_key
),

-- "Worse, as, better than expected" holds both in one answer.
single_items as (
    select
        'single_item' as form,
        source_system,
        survey_id,
        question_id as item,
        person_key,
        scale_id,
        responded_at as answered_at,
        driver,
        score as perceived,
        cast(0 as double) as expected,
        true as is_pair,
        false as is_captured_before,
        row_number() over (
            partition by source_system, survey_id, question_id, person_key
            order by responded_at desc, answer_key desc
        ) as place
    from answers
    where metric = 'expectation'
),

people as (
    select * from people_of_both
    union all
    select
        form,
        source_system,
        survey_id,
        item,
        person_key,
        scale_id,
        answered_at,
        driver,
        perceived,
        expected,
        is_pair,
        is_captured_before
    from single_items
    where place = 1
),

final as (
    select
        people.form,
        people.source_system,
        people.survey_id,
        people.item,
        people.person_key,
        people.scale_id,
        people.answered_at,
        people.driver,
        people.is_pair,
        case
            when people.form = 'single_item' or not people.is_captured_before
                then 'retrospective'
            else 'before'
        end as timing,
        people.perceived is not null as has_experience,
        people.expected is not null as has_expectation,
        case when people.is_pair then people.perceived end as perceived,
        case when people.is_pair and people.form = 'paired' then people.expected end
            as expected,
        case
            when people.is_pair
                then cast(round(
                    case when scales.direction = 'lower_is_better' then -1 else 1 end
                    * (people.perceived - people.expected) / scales.step
                ) as bigint)
        end as gap_steps,
        case
            when people.is_pair and people.form = 'paired'
                then people.expected = case
                    when scales.direction = 'lower_is_better' then scales.min
                    else scales.max
                end
        end as is_at_ceiling,
        scales.step
    from people
    inner join scales on people.scale_id = scales.scale_id
)

select * from final
