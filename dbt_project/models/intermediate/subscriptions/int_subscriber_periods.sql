-- Grain: one row per month, quarter or year and subscriber who had service when it
-- began, or had had service before: the start of the period against its end (or against
-- `as_of`, while it runs). A quarter is not the sum of its months.
{%- set grains = {'month': 1, 'quarter': 3, 'year': 12} %}

with

subscription_months as (
    select * from {{ ref('fct_subscription_months') }}
),

-- Revenue of which a part is unknown is unknown.
subscriber_months as (
    select
        subscriber_key,
        month,
        case when count(mrr_start) = count(*) then sum(mrr_start) end as mrr_start,
        case when count(mrr_end) = count(*) then sum(mrr_end) end as mrr_end,
        bool_or(is_active_at_start) as is_active_at_start,
        bool_or(is_active_at_end) as is_active_at_end
    from subscription_months
    group by subscriber_key, month
),

subscribers as (
    select
        subscriber_key,
        min(month) as first_month
    from subscription_months
    group by subscriber_key
),

-- Periods that begin before the first contract have no starting set.
periods as (
    {% for grain, months in grains.items() -%}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'month') }} as period_start,
        cast({{ period_start(grain, 'month') }} + interval '{{ months }}' month as date)
            as period_end,
        cast({{ period_start(grain, 'month') }} - interval '{{ months }}' month as date)
            as previous_start,
        max(month) as last_month
    from subscription_months
    group by {{ period_start(grain, 'month') }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

history as (
    select known_from from {{ ref('int_subscription_history') }}
),

subscribers_in_period as (
    select
        periods.*,
        subscribers.subscriber_key
    from periods
    inner join history on periods.period_start >= history.known_from
    inner join subscribers on periods.period_start > subscribers.first_month
),

-- Who has no row at the end has no service then: the last month has ended without it.
final as (
    select
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        periods.previous_start,
        periods.subscriber_key,
        coalesce(first.is_active_at_start, false) as is_in_start,
        coalesce(last.is_active_at_end, false) as is_in_end,
        case when first.is_active_at_start then first.mrr_start else 0 end as mrr_start,
        case when last.is_active_at_end then last.mrr_end else 0 end as mrr_end
    from subscribers_in_period as periods
    left join subscriber_months as first
        on
            periods.subscriber_key = first.subscriber_key
            and periods.period_start = first.month
    left join subscriber_months as last
        on
            periods.subscriber_key = last.subscriber_key
            and periods.last_month = last.month
)

select * from final
