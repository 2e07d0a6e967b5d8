-- Grain: one row per member of a dimension, numbered, so that the large joins carry
-- numbers.

with

units as (
    select * from {{ ref('int_metric_units') }}
),

members as (
    select
        'all' as dimension,
        'all' as member
    {% for dimension in metric_dimensions() -%}
    union all
    select
        '{{ dimension }}' as dimension,
        coalesce({{ dimension }}, 'unknown') as member
    from units
    group by coalesce({{ dimension }}, 'unknown')
    {% endfor %}
),

final as (
    select
        cast(row_number() over (order by dimension, member) as integer) as member_id,
        dimension,
        member
    from members
)

select * from final
