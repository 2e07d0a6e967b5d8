-- One thing that counts in a score or a rate (models int_units_<family>).

-- The columns of a unit: `given` maps a column to its SQL; `dimensions` are those that the
-- query has as columns; the rest are what a plain rate of events has. y_main is 1 or 0.
-- weight is 0 for what counts above the line alone.
{% macro metric_unit(given, dimensions) -%}
    {{ given.measure }} as measure,
        {{ given.get('scope', "'all'") }} as scope,
        {{ given.get('scale_id', "'all'") }} as scale_id,
        {{ given.get('weighting', "'none'") }} as weighting,
        {{ given.person_key }} as person_key,
        {{ given.day }} as day,
        {{ given.get('superseded_on', "date '9999-12-31'") }} as superseded_on,
        {{ given.get('is_headline', 'true') }} as is_headline,
        cast({{ given.get('weight', '1') }} as bigint) as weight,
        {%- for y in metric_codings() %}
        cast({{ given.get('y_' ~ y, 'null') }} as integer) as y_{{ y }},
        {%- endfor %}
        {%- for dimension in metric_dimensions() %}
        {{ dimension if dimension in dimensions else 'cast(null as varchar)' }}
            as {{ dimension }},
        {%- endfor %}
        {#- no dimension of rpt_metrics: rpt_service is split by it -#}
        cast({{ given.get('topic', 'null') }} as varchar) as topic
{%- endmacro %}

-- A mean of codes as the number people know: nps on -100..100, a rate on 0..1, events per
-- 1,000, a mean on its answer scale.
{% macro metric_value(kind, mean, scale_min, scale_step) -%}
    case {{ kind }}
        when 'nps' then 100 * {{ mean }}
        when 'rate' then {{ mean }}
        when 'per_thousand' then 1000 * {{ mean }}
        else {{ scale_min }} + {{ scale_step }} * {{ mean }}
    end
{%- endmacro %}

-- The metrics that are means of units as a table, so that one pass over the sums serves all of them.
{% macro published_metrics_table() -%}
    (values
        {%- for m in metric_registry() | rejectattr('is_ratio') %}
        (
            '{{ m.metric }}', '{{ m.measure }}', '{{ m.coding }}', '{{ m.kind }}',
            {{ m.lag_days }}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    ) as published (metric, measure, coding, kind, lag_days)
{%- endmacro %}

-- Of the columns <name>_<coding>, the one that the row's metric is computed from.
{% macro coded(name, suffix='') -%}
    case published.coding
        {%- for coding in metric_codings() %}
        when '{{ coding }}' then totals.{{ name }}_{{ coding }}{{ suffix }}
        {%- endfor %}
    end
{%- endmacro %}

-- Whether the column `measure` is a measure whose metric has the flag.
{% macro is_measure_with(flag, measure='measure') -%}
    {{ measure }} in (
            {%- for m in metric_registry() | selectattr(flag) %}
            '{{ m.measure }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
{%- endmacro %}
