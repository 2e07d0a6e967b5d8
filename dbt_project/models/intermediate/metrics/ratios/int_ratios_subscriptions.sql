-- Grain: one row per metric of recurring revenue, period and subscriber who counts in
-- it: y above the line, x below (metrics.md 2.6).
{%- set metrics = {
    'gross_revenue_retention': {
        'x': 'mrr_start', 'y': revenue_kept('mrr_start', 'mrr_end'),
        'where': 'is_in_start and mrr_start is not null and mrr_end is not null',
    },
    'net_revenue_retention': {
        'x': 'mrr_start', 'y': 'mrr_end',
        'where': 'is_in_start and mrr_start is not null and mrr_end is not null',
    },
    'logo_churn_rate': {
        'x': '1', 'y': 'case when is_in_end then 0 else 1 end', 'where': 'is_in_start',
    },
    'reactivation_rate': {
        'x': '1', 'y': 'case when is_in_end then 1 else 0 end',
        'where': 'not is_in_start',
    },
} %}

with

periods as (
    select * from {{ ref('int_subscriber_periods') }}
),

subscribers as (
    select
        subscriber_key,
        max(contact_key) as contact_key
    from {{ ref('fct_subscription_months') }}
    group by subscriber_key
),

customers as (
    select * from {{ ref('dim_customers') }}
),

as_of as (
    select {{ local_date('as_of') }} as as_of_day from {{ ref('int_as_of') }}
),

periods_described as (
    select
        periods.*,
        periods.period_end > as_of.as_of_day as is_provisional,
        customers.segment,
        customers.persona,
        customers.country
    from periods
    inner join subscribers on periods.subscriber_key = subscribers.subscriber_key
    left join customers on subscribers.contact_key = customers.customer_key
    cross join as_of
    where
        customers.customer_key is null
        or not (customers.is_test or customers.is_employee)
),

final as (
    {% for metric, ratio in metrics.items() -%}
    select
        '{{ metric }}' as metric,
        period_grain,
        period_start,
        previous_start,
        is_provisional,
        subscriber_key as unit_key,
        segment,
        persona,
        country,
        -- wide enough for the squares of millions
        cast({{ ratio.x }} as decimal(38, 4)) as x,
        cast({{ ratio.y }} as decimal(38, 4)) as y
    from periods_described
    where {{ ratio.where }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
