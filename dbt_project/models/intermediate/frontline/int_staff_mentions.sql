-- Grain: one row per statement of an employee about a customer problem.

with

feedback as (
    select * from {{ ref('accepted_employee_feedback') }}
    where topic is not null
),

employees as (
    select * from {{ ref('accepted_employees') }}
),

final as (
    select
        feedback.row_key,
        coalesce(
            {{ named_key('employee', 'feedback', 'employees', 'employee_id') }},
            {{ key_of(
                "'employee_feedback:' || feedback.source_system "
                ~ "|| ':' || feedback.feedback_id"
            ) }}
        ) as employee_key,
        coalesce(feedback.team, employees.team) as team,
        -- a label, but nothing keeps a person from writing a name there
        lower(trim({{ masked('feedback.topic') }})) as topic,
        feedback.pain_rank,
        feedback.submitted_at,
        {{ local_date('feedback.submitted_at') }} as day
    from feedback
    {{ named_joins(
        'feedback', 'employee', ref('accepted_employees'), 'employee_id'
    ) }}
    left join employees
        on
            {{ named_system('employee') }} = employees.source_system
            and feedback.employee_id = employees.employee_id
)

select * from final
