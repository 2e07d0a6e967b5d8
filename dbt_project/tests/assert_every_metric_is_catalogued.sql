-- A returned row is a metric of rpt_metrics without its row in the seed
-- metric_catalogue, or a row of the seed that promises a metric of rpt_metrics there is
-- not (error: readers would see a number that nobody explains, or look for one that is
-- not there).
with

registered as (
    {% for m in metric_registry() -%}
    select '{{ m.metric }}' as metric
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

catalogued as (
    select metric from {{ ref('metric_catalogue') }}
    where mart_column = 'rpt_metrics.value'
)

select
    coalesce(registered.metric, catalogued.metric) as metric,
    registered.metric is null as is_not_registered
from registered
full outer join catalogued on registered.metric = catalogued.metric
where registered.metric is null or catalogued.metric is null
