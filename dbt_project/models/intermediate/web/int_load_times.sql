-- Grain: one row per kind of device, and one for all: within how many seconds three of
-- four pages were loaded.
-- The interval is Woodruff's (1952): Wilson's limits of the share 0.75, for as many
-- loads as are worth it when those of one visitor are kept together, read off the
-- observed times. A load belongs to the device of its event, whatever its visit did
-- before. Test people and employees are out.
{%- set share = '0.75e0' %}

with

customers as (
    select * from {{ ref('dim_customers') }}
    where is_test or is_employee
),

own_visitors as (
    select sessions.visitor_key
    from {{ ref('int_web_sessions_resolved') }} as sessions
    inner join customers on sessions.customer_key = customers.customer_key
    group by sessions.visitor_key
),

loads as (
    select
        events.visitor_key,
        events.load_ms,
        {{ device_class('events.device', 'events.device') }} as device
    from {{ ref('int_web_events_visited') }} as events
    left join own_visitors on events.visitor_key = own_visitors.visitor_key
    where events.load_ms is not null and own_visitors.visitor_key is null
),

-- one row per device and time: few, however many loads there are
times as (
    select
        device,
        load_ms,
        count(*) as loads
    from loads
    group by device, load_ms
),

times_of_all as (
    select
        device,
        load_ms,
        loads
    from times
    where device is not null
    union all
    select
        'all' as device,
        load_ms,
        sum(loads) as loads
    from times
    group by load_ms
),

times_cumulated as (
    select
        device,
        load_ms,
        sum(loads) over (
            partition by device order by load_ms
            rows between unbounded preceding and current row
        ) * 1.0e0
        / sum(loads) over (partition by device) as share_loaded
    from times_of_all
),

quantiles as (
    select
        device,
        min(load_ms) filter (where share_loaded >= {{ share }}) as p75_ms
    from times_cumulated
    group by device
),

visitors as (
    select
        quantiles.device,
        loads.visitor_key,
        count(*) as n,
        count(*) filter (where loads.load_ms <= quantiles.p75_ms) as y
    from loads
    inner join quantiles
        on quantiles.device = 'all' or loads.device = quantiles.device
    group by quantiles.device, loads.visitor_key
),

samples as (
    {{ clustered_rates('visitors', ['device']) }}
),

limits as (
    select
        device,
        cast(n as bigint) as n,
        clusters as visitors,
        n_effective,
        {{ wilson_low(share, 'n_effective') }} as share_low,
        {{ wilson_high(share, 'n_effective') }} as share_high
    from samples
),

final as (
    select
        limits.device,
        limits.n,
        limits.visitors,
        limits.n_effective,
        min(times.load_ms) filter (where times.share_loaded >= {{ share }})
        / 1.0e3 as p75_seconds,
        min(times.load_ms) filter (where times.share_loaded >= limits.share_low)
        / 1.0e3 as p75_ci_low,
        min(times.load_ms) filter (where times.share_loaded >= limits.share_high)
        / 1.0e3 as p75_ci_high
    from limits
    inner join times_cumulated as times on limits.device = times.device
    group by limits.device, limits.n, limits.visitors, limits.n_effective
)

select * from final
