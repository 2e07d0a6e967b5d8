-- Grain: one row per metric, period, dimension and member.
-- Two questions: what does a person cost who is active, those who never asked anything
-- among them; and what does an issue cost until it is over, by the channel on which it
-- began, whichever channels it then went through. A cheap contact that needs a second
-- one is not cheap.
{%- set parts = [
    'contacts', 'contacts_without_rate', 'work_cost', 'tool_cost', 'refund_cost',
] %}
{%- set dimensions = {
    'cost_per_active_person': ['all', 'segment', 'persona', 'country'],
    'cost_per_issue': ['all', 'channel', 'segment', 'persona', 'country'],
} %}

with

costs as (
    select * from {{ ref('int_contact_costs') }}
),

issues as (
    select * from {{ ref('int_issues_followed') }}
    where is_over
),

customers as (
    select * from {{ ref('dim_customers') }}
    where is_known and not (is_test or is_employee)
),

months_active as (
    select
        customer_key,
        {{ period_start('month', local_date('occurred_at')) }} as month
    from {{ ref('fct_touchpoints') }}
    where customer_key is not null
    group by customer_key, {{ period_start('month', local_date('occurred_at')) }}
),

-- Before service was recorded nobody can be said to have cost nothing.
service_recorded as (
    select {{ period_start('month', local_date('min(occurred_at)')) }} as first_month
    from costs
    where contacts = 1
),

own_currency as (
    select currency from {{ ref('int_own_currency') }}
),

costs_by_month as (
    select
        customer_key,
        {{ period_start('month', local_date('occurred_at')) }} as month
        {%- for part in parts %},
        sum({{ part }}) as {{ part }}
        {%- endfor %}
    from costs
    where customer_key is not null
    group by customer_key, {{ period_start('month', local_date('occurred_at')) }}
),

people_by_month as (
    select
        months_active.month,
        customers.customer_key,
        customers.segment,
        customers.persona,
        customers.country
        {%- for part in parts %},
        -- active, and asked for nothing: no cost, which is a finding
        coalesce(costs_by_month.{{ part }}, 0) as {{ part }}
        {%- endfor %}
    from months_active
    inner join customers on months_active.customer_key = customers.customer_key
    cross join service_recorded
    left join costs_by_month
        on
            months_active.customer_key = costs_by_month.customer_key
            and months_active.month = costs_by_month.month
    where months_active.month >= service_recorded.first_month
),

issues_costed as (
    select
        issues.issue_key,
        {{ period_start('month', local_date('issues.opened_at')) }} as month,
        issues.channel,
        issues.segment,
        issues.persona,
        issues.country
        {%- for part in parts %},
        coalesce(sum(costs.{{ part }}), 0) as {{ part }}
        {%- endfor %}
    from issues
    inner join costs on issues.issue_key = costs.issue_key
    group by
        issues.issue_key,
        {{ period_start('month', local_date('issues.opened_at')) }},
        issues.channel,
        issues.segment,
        issues.persona,
        issues.country
),

-- One row per person or issue that something is spent on, in each period.
subjects as (
    select
        'cost_per_active_person' as metric,
        'month' as period_grain,
        month as period_start,
        cast(null as varchar) as channel,
        segment,
        persona,
        country,
        {{ parts | join(',\n        ') }}
    from people_by_month
    union all
    select
        'cost_per_active_person' as metric,
        'all' as period_grain,
        min(min(month)) over () as period_start,
        cast(null as varchar) as channel,
        segment,
        persona,
        country
        {%- for part in parts %},
        sum({{ part }}) as {{ part }}
        {%- endfor %}
    from people_by_month
    group by customer_key, segment, persona, country
    {%- for grain in ['month', 'all'] %}
    union all
    select
        'cost_per_issue' as metric,
        '{{ grain }}' as period_grain,
        {{ 'month' if grain == 'month' else 'min(month) over ()' }} as period_start,
        channel,
        segment,
        persona,
        country,
        {{ parts | join(',\n        ') }}
    from issues_costed
    {%- endfor %}
),

subjects_costed as (
    select
        *,
        -- wide enough for the squares of millions
        cast(work_cost + tool_cost + refund_cost as decimal(38, 4)) as cost
    from subjects
),

members as (
    {% for metric, names in dimensions.items() -%}
    {%- set is_last_metric = loop.last -%}
    {%- for dimension in names -%}
    {%- set member = "'all'" if dimension == 'all'
        else 'coalesce(' ~ dimension ~ ", 'unknown')" %}
    select
        metric,
        period_grain,
        period_start,
        '{{ dimension }}' as dimension,
        {{ member }} as member,
        count(*) as n,
        count(*) filter (where contacts = 0) as n_without_contact,
        sum(cost) as cost,
        sum(cost * cost) as cost_squared,
        percentile_cont(0.5) within group (order by cast(cost as double)) as p50,
        percentile_cont(0.9) within group (order by cast(cost as double)) as p90
        {%- for part in parts %},
        sum({{ part }}) as {{ part }}
        {%- endfor %}
    from subjects_costed
    where metric = '{{ metric }}'
    group by
        metric,
        period_grain,
        period_start
        {{- ', ' ~ member if dimension != 'all' }}
    {{ 'union all' if not (is_last_metric and loop.last) }}
    {% endfor -%}
    {%- endfor %}
),

means as (
    select
        *,
        cast(cost as double) / n as value,
        -- exactly 0 where everybody cost the same
        cast(n * cost_squared - cost * cost as double)
        / (1.0e0 * n * nullif(n - 1, 0)) as variance
    from members
),

intervals as (
    select
        *,
        value - {{ t_95('n - 1') }} * sqrt(variance / n) as ci_low,
        value + {{ t_95('n - 1') }} * sqrt(variance / n) as ci_high
    from means
),

final as (
    select
        intervals.metric,
        intervals.period_grain,
        intervals.period_start,
        intervals.dimension,
        intervals.member,
        own_currency.currency,
        cast(intervals.cost as decimal(18, 4)) as numerator,
        intervals.n as denominator,
        intervals.n,
        {%- for column in ['value', 'ci_low', 'ci_high', 'p50', 'p90'] %}
        {{ significant('intervals.' ~ column) }} as {{ column }},
        {%- endfor %}
        intervals.n_without_contact,
        cast(intervals.contacts as bigint) as contacts,
        cast(intervals.contacts_without_rate as bigint) as contacts_without_rate,
        cast(intervals.work_cost as decimal(18, 4)) as work_cost,
        cast(intervals.tool_cost as decimal(18, 4)) as tool_cost,
        cast(intervals.refund_cost as decimal(18, 4)) as refund_cost
    from intervals
    cross join own_currency
)

select * from final
