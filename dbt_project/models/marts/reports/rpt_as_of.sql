-- Grain: one row: the moment up to which the reports know.

with

as_of as (
    select * from {{ ref('int_as_of') }}
),

final as (
    select
        as_of,
        {{ local_date('as_of') }} as as_of_day
    from as_of
)

select * from final
