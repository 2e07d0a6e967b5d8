-- Grain: one row per score that an employee gave the employer.

with

feedback as (
    select * from {{ ref('accepted_employee_feedback') }}
    where enps is not null
),

employees as (
    select * from {{ ref('accepted_employees') }}
),

scales as (
    select * from {{ ref('ref_scales') }}
    where scale_id = 'enps'
),

answers as (
    select
        coalesce(
            {{ named_key('employee', 'feedback', 'employees', 'employee_id') }},
            -- nobody is named: one employee of its own
            {{ key_of(
                "'employee_feedback:' || feedback.source_system "
                ~ "|| ':' || feedback.feedback_id"
            ) }}
        ) as person_key,
        {{ local_date('feedback.submitted_at') }} as day,
        feedback.submitted_at,
        feedback.row_key,
        case
            when feedback.enps >= scales.promoter_from then 1
            when feedback.enps <= scales.detractor_to then -1
            else 0
        end as y_main,
        cast(round((feedback.enps - scales.min) / scales.step) as integer) as y_score,
        scales.scale_id,
        coalesce(feedback.team, employees.team) as team
    from feedback
    cross join scales
    {{ named_joins(
        'feedback', 'employee', ref('accepted_employees'), 'employee_id'
    ) }}
    left join employees
        on
            {{ named_system('employee') }} = employees.source_system
            and feedback.employee_id = employees.employee_id
),

-- An employee's score is the last one of the period, as a customer's relational one is.
answers_in_order as (
    select
        *,
        lead(day, 1, date '9999-12-31') over (
            partition by person_key
            order by submitted_at asc, row_key asc
        ) as superseded_on
    from answers
),

final as (
    select
        {{ metric_unit({
            'measure': "'enps'",
            'scope': "'relational'",
            'scale_id': 'scale_id',
            'person_key': 'person_key',
            'day': 'day',
            'superseded_on': 'superseded_on',
            'y_main': 'y_main',
            'y_score': 'y_score',
        }, dimensions=['team']) }}
    from answers_in_order
)

select * from final
