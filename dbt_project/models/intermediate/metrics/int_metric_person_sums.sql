-- Grain: one row per series of answers, member, period and person, of those who have
-- another unit in the same period or in one next to it, and of all whose units are
-- weighted.
{%- set codings = metric_codings() %}

with

units as (
    select * from {{ ref('int_metric_unit_periods') }}
    where is_connected and not is_behaviour
),

units_added as (
    select
        series_id,
        member_id,
        period_id,
        person_key,
        count(*) as n,
        count(*) filter (where is_entering) as n_entering,
        cast(sum(weight) as bigint) as w,
        sum({{ exact_product('weight', 'weight') }}) as ww
        {%- for c in codings %},
        cast(sum(weight * y_{{ c }}) as bigint) as wy_{{ c }},
        cast(sum(weight * y_{{ c }} * y_{{ c }}) as bigint) as wyy_{{ c }}
        {%- endfor %}
    from units
    group by series_id, member_id, period_id, person_key
)

select * from units_added
