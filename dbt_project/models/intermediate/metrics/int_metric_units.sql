-- Grain: one row per thing that counts in a score or a rate (an answer, an invitation,
-- an order with a deadline, a purchase), once unweighted and once for each weighting it
-- has. Each family of measures is a model of its own in units/.

{% for family in metric_families() -%}
select * from {{ ref('int_units_' ~ family) }}
{{ 'union all' if not loop.last }}
{% endfor %}
