-- Grain: one row per owner of cases, and one for all of them together: how many low
-- scores wait for an answer now, and how the loop was closed so far.
{%- set least = var('min_cell') %}

with

cases as (
    select * from {{ ref('fct_feedback_cases') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

-- Nobody can be asked back who is not known or does not want it: not a case to close.
cases_to_answer as (
    select
        owner,
        status,
        due_at,
        opened_at,
        is_on_time
    from cases
    where status <> 'not_asked'
),

cases_of_owners as (
    select * from cases_to_answer
    union all
    select
        'all' as owner,
        status,
        due_at,
        opened_at,
        is_on_time
    from cases_to_answer
),

cases_counted as (
    select
        cases.owner,
        count(*) as cases,
        count(*) filter (where cases.status = 'open') as open_cases,
        count(*) filter (where cases.status = 'overdue') as overdue_cases,
        count(*) filter (where cases.due_at <= as_of.as_of) as n,
        count(*) filter (where cases.due_at <= as_of.as_of and cases.is_on_time)
            as numerator,
        max(
            case
                when cases.status = 'overdue'
                    then {{ seconds_between('cases.due_at', 'as_of.as_of') }}
            end
        ) as longest_overdue_seconds
    from cases_of_owners as cases
    cross join as_of
    group by cases.owner
),

cases_rated as (
    select
        *,
        numerator * 1.0e0 / nullif(n, 0) as value,
        cases < {{ least }} as is_suppressed
    from cases_counted
),

final as (
    select
        owner,
        is_suppressed
        {%- for count in ['cases', 'open_cases', 'overdue_cases', 'numerator', 'n'] %},
        cast(case when not is_suppressed then {{ count }} end as bigint) as {{ count }}
        {%- endfor %},
        {{ significant('case when not is_suppressed then value end') }} as value,
        case
            when not is_suppressed and n > 0
                then {{ significant(wilson_low('value', 'n')) }}
        end as ci_low,
        case
            when not is_suppressed and n > 0
                then {{ significant(wilson_high('value', 'n')) }}
        end as ci_high,
        case
            when not is_suppressed
                then cast(longest_overdue_seconds as double)
        end as longest_overdue_seconds
    from cases_rated
)

select * from final
