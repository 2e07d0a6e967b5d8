-- Grain: one row per published metric.
-- The words are those of the seed, the measure that of the registry, from which
-- rpt_metrics is made: assert_every_metric_is_catalogued holds the two together.

with

catalogue as (
    select * from {{ ref('metric_catalogue') }}
),

registered as (
    {% for m in metric_registry() -%}
    select
        '{{ m.metric }}' as metric,
        '{{ m.measure }}' as measure,
        '{{ m.kind }}' as kind
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

scales as (
    select
        metric as measure,
        {{ text_list('scale_id') }} as scale
    from {{ ref('ref_scales') }}
    group by metric
),

final as (
    select
        catalogue.metric,
        catalogue.definition,
        catalogue.formula,
        catalogue.better,
        catalogue.owner,
        -- what is not asked on a scale is on none
        coalesce(scales.scale, 'all') as scale,
        {{ unit_of_kind('registered.kind') }} as unit,
        catalogue.version,
        catalogue.worked_example,
        catalogue.source,
        catalogue.mart_column,
        catalogue.test
    from catalogue
    left join registered on catalogue.metric = registered.metric
    left join scales on registered.measure = scales.measure
)

select * from final
