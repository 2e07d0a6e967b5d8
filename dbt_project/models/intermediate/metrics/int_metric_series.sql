-- Grain: one row per measure, scope, scale and weighting: answers that may be pooled.
-- knows_<dimension>: some headline unit of the series has a member there. Where none
-- has, the split would only repeat the total; where some have, the others are the
-- member "unknown", so that the members of a dimension add up to the total.

with

units as (
    select * from {{ ref('int_metric_units') }}
),

series_described as (
    select
        measure,
        scope,
        scale_id,
        weighting,
        -- rivals are reported one by one, never pooled (metrics.md 2.31)
        scope <> 'benchmark' as knows_all,
        {%- for dimension in metric_dimensions() %}
        {%- if dimension == 'brand' %}
        count(brand) > 0 as knows_brand,
        {%- elif dimension == 'touchpoint' %}
        count(touchpoint) > 0 and scope <> 'benchmark' as knows_touchpoint,
        {%- else %}
        count({{ dimension }}) filter (where is_headline) > 0
        and scope <> 'benchmark' as knows_{{ dimension }},
        {%- endif %}
        {%- endfor %}
        -- headline answers are about touchpoints, so one without is about an unknown
        -- one; where only questions about single touchpoints are, the headline is about
        -- the whole
        count(touchpoint) filter (where is_headline) > 0 as is_about_touchpoints,
        -- answers, not behaviour, are hidden where few people gave them
        scope <> 'all' or {{ is_measure_with('is_about_answers') }} as is_suppressible,
        -- several answers or visits of one person say less than as many of several
        scope = 'transactional'
        or {{ is_measure_with('is_clustered') }} as is_clustered
    from units
    group by measure, scope, scale_id, weighting
),

final as (
    select
        cast(
            row_number() over (order by measure, scope, scale_id, weighting) as integer
        ) as series_id,
        *,
        -- a rate of orders or of invitations counts orders and invitations
        is_clustered or scope <> 'all' or {{ is_measure_with('counts_buyers') }}
            as is_per_person
    from series_described
)

select * from final
