-- Grain: one row per what, event, group, member and time: the share for whom the event
-- has not happened yet, where it has moved by half a percent. Of fewer than 200 every
-- single event is a row.
{%- set curve_key = ['what', 'event', 'group_name', 'member'] %}
{%- set steps = 200 %}

with

units as (
    select * from {{ ref('int_survival_units') }}
),

tests as (
    select * from {{ source('analytics', 'survival_tests') }}
),

curves as (
    {{ kaplan_meier('units', curve_key, 'duration', 'has_event', 'entry') | indent }}
),

-- The median is of the whole curve, not of the rows that are shown.
medians as (
    select
        {{ curve_key | join(', ') }},
        {{ time_by_which(0.5) }} as median,
        {{ time_by_which(0.5, 'ci_low') }} as median_ci_low,
        {{ time_by_which(0.5, 'ci_high') }} as median_ci_high,
        {{ time_by_which(0.9) }} as p90,
        sum(events) as all_events
    from curves
    group by {{ curve_key | join(', ') }}
),

units_counted as (
    select
        {{ curve_key | join(', ') }},
        count(*) as n
    from units
    -- who left no later than observation began was never observed
    where coalesce(entry < duration, true)
    group by {{ curve_key | join(', ') }}
),

curves_stepped as (
    select
        *,
        row_number() over (
            partition by
                {{ curve_key | join(', ') }},
                floor(survival * {{ steps }} + 1.0e-9)
            order by duration asc
        ) as place_in_step,
        row_number() over (
            partition by {{ curve_key | join(', ') }}
            order by duration desc
        ) as place_from_end,
        sum(events) over (
            partition by {{ curve_key | join(', ') }}
            order by duration asc
            rows between unbounded preceding and current row
        ) as events_so_far
    from curves
),

curves_shown as (
    select
        *,
        events_so_far - lag(events_so_far, 1, 0) over (
            partition by {{ curve_key | join(', ') }}
            order by duration asc
        ) as events_since
    from curves_stepped
    where place_in_step = 1 or place_from_end = 1
),

final as (
    select
        curves.what,
        curves.event,
        curves.group_name,
        curves.member,
        case
            when curves.what in ('resolution', 'stage') then 'seconds'
            else 'days'
        end as time_unit,
        curves.duration as time,
        cast(curves.at_risk as bigint) as at_risk,
        cast(curves.events_since as bigint) as events,
        {{ significant('curves.survival') }} as survival,
        {{ significant('curves.ci_low') }} as ci_low,
        {{ significant('curves.ci_high') }} as ci_high,
        cast(units_counted.n as bigint) as n,
        cast(medians.all_events as bigint) as n_events,
        medians.median,
        medians.median_ci_low,
        medians.median_ci_high,
        medians.p90,
        {{ significant('tests.logrank_chi2') }} as logrank_chi2,
        tests.logrank_df,
        {{ significant('tests.logrank_p') }} as logrank_p
    from curves_shown as curves
    {%- for relation in ['medians', 'units_counted'] %}
    inner join {{ relation }}
        on
            {%- for column in curve_key %}
            {{ 'and ' if not loop.first }}curves.{{ column }}
            = {{ relation }}.{{ column }}
            {%- endfor %}
    {%- endfor %}
    left join tests
        on
            curves.what = tests.what
            and curves.event = tests.event
            and curves.group_name = tests.group_name
)

select * from final
