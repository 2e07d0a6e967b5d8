-- Grain: one row per series, dimension member and day, of the rates that count orders,
-- tickets or contacts, not people: the days of a period simply add up.

with

units as (
    select * from {{ ref('int_metric_units') }}
),

series as (
    select * from {{ ref('int_metric_series') }}
    where not is_per_person
),

members as (
    select * from {{ ref('int_metric_members') }}
),

units_by_day as (
    {% for dimension in ['all'] + metric_dimensions() -%}
    select
        series.series_id,
        '{{ dimension }}' as dimension,
        {{ 'true' if dimension == 'all' else 'false' }} as is_whole,
        {{ member_of(dimension) }} as member,
        units.day,
        -- what counts above the line alone has no weight
        cast(sum(units.weight) as bigint) as n,
        sum(units.y_main) as y
    from units
    inner join series
        on
            units.measure = series.measure
            and units.scope = series.scope
            and units.scale_id = series.scale_id
            and units.weighting = series.weighting
    where series.knows_{{ dimension }}
    group by series.series_id, {{ member_of(dimension) }}, units.day
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        units_by_day.series_id,
        members.member_id,
        units_by_day.is_whole,
        units_by_day.day,
        units_by_day.n,
        units_by_day.y
    from units_by_day
    inner join members
        on
            units_by_day.dimension = members.dimension
            and units_by_day.member = members.member
)

select * from final
