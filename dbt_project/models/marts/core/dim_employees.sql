-- Grain: one row per employee, under a key that says nothing of who it is.

with

employees as (
    select * from {{ ref('accepted_employees') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

final as (
    select
        {{ key_of(
            "'employees:' || employees.source_system || ':' || employees.employee_id"
        ) }} as employee_key,
        employees.source_system,
        employees.team,
        employees.role,
        employees.hired_at,
        employees.left_at,
        coalesce(employees.hired_at <= as_of.as_of, true)
        and coalesce(employees.left_at > as_of.as_of, true) as is_active,
        {{ masked('employees.trained_topics') }} as trained_topics,
        employees.last_trained_at,
        -- a list of topics without a date is training too
        employees.last_trained_at is not null
        or employees.trained_topics is not null as is_trained
    from employees
    cross join as_of
)

select * from final
