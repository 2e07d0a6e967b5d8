-- Grain: one row per unit and dimension member under which it counts, of the measures
-- that put together what one person did; of purchases one row per buyer, member and
-- day. Beside it stand the days of the same person's neighbouring units there.

with

units as (
    select * from {{ ref('int_metric_units') }}
),

series as (
    select * from {{ ref('int_metric_series') }}
    where is_per_person
),

members as (
    select * from {{ ref('int_metric_members') }}
),

units_numbered as (
    select
        units.*,
        units.weighting <> 'none' as is_weighted,
        {{ is_measure_with('counts_buyers', 'units.measure') }} as is_purchase,
        units.scope = 'all' as is_behaviour,
        series.series_id,
        series.is_about_touchpoints,
        series.knows_all,
        {%- for dimension in metric_dimensions() %}
        series.knows_{{ dimension }}{{ ',' if not loop.last }}
        {%- endfor %}
    from units
    inner join series
        on
            units.measure = series.measure
            and units.scope = series.scope
            and units.scale_id = series.scale_id
            and units.weighting = series.weighting
),

units_by_member as (
    {% for dimension in ['all'] + metric_dimensions() -%}
    {%- for is_purchase in [false, true] -%}
    select
        units.series_id,
        members.member_id,
        {{ 'true' if dimension == 'all' else 'false' }} as is_whole,
        units.person_key,
        units.day,
        units.superseded_on,
        units.is_weighted,
        units.is_purchase,
        units.is_behaviour,
        units.weight,
        units.y_main,
        units.y_score,
        units.y_low
    from units_numbered as units
    inner join members
        on
            members.dimension = '{{ dimension }}'
            and {{ member_of(dimension) }} = members.member
    where
        units.knows_{{ dimension }}
        {%- if dimension == 'touchpoint' %}
        and (
            units.touchpoint is not null
            or (units.is_headline and units.is_about_touchpoints)
        )
        {%- else %}
        and units.is_headline
        {%- endif %}
        {%- if is_purchase %}
        and units.is_purchase
    -- two orders of one day are one purchase day
    group by all
        {%- else %}
        and not units.is_purchase
        {%- endif %}
    {{ 'union all' if not (is_purchase and dimension == metric_dimensions() | last) }}
    {% endfor -%}
    {%- endfor %}
),

final as (
    select
        *,
        lag(day, 1, date '0001-01-01') over person_in_member as previous_day,
        lead(day, 1, date '9999-12-31') over person_in_member as next_day
    from units_by_member
    window person_in_member as (
        partition by series_id, member_id, person_key
        order by day asc
    )
)

select * from final
