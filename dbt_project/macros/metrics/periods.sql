-- Reporting periods: half-open [start, end) in days of the tenant's zone (metrics.md 2.0).

-- Calendar periods: grain -> length.
{% macro calendar_periods() %}
    {{ return({
        'day': "interval '1' day", 'week': "interval '7' day", 'month': "interval '1' month",
        'quarter': "interval '3' month", 'year': "interval '1' year",
    }) }}
{% endmacro %}

-- Rolling windows: grain -> length and step in days. The newest window ends with the day of
-- `as_of`, the others a whole number of steps before it. The step divides the length, so that
-- a window has a neighbour that begins where it ends: that one it is compared with.
{% macro rolling_periods() %}
    {{ return({
        'rolling_28d': {'days': 28, 'step': 7}, 'rolling_90d': {'days': 90, 'step': 30},
    }) }}
{% endmacro %}

-- The first day of the calendar period in which `day` lies.
{% macro period_start(grain, day) -%}
    {%- if grain == 'week' and var('week_start') != 1 -%}
        {%- set shift = "interval '" ~ (var('week_start') - 1) ~ "' day" -%}
        cast(date_trunc('week', {{ day }} - {{ shift }}) + {{ shift }} as date)
    {%- else -%}
        cast(date_trunc('{{ grain }}', {{ day }}) as date)
    {%- endif -%}
{%- endmacro %}

-- Whole calendar periods from the one in which `first` lies to the one in which `last` lies.
{% macro periods_between(grain, first, last) -%}
    {%- if grain == 'month' -%}
        cast(
            (extract(year from {{ last }}) - extract(year from {{ first }})) * 12
            + extract(month from {{ last }}) - extract(month from {{ first }}) as integer
        )
    {%- elif grain == 'week' -%}
        cast(floor({{ dbt.datediff(period_start(grain, first), period_start(grain, last), 'day') }}
            / 7.0e0) as integer)
    {%- else -%}
        cast({{ dbt.datediff(first, last, 'day') }} as integer)
    {%- endif -%}
{%- endmacro %}

-- The numbers 0 to `last` as a table of one column.
{% macro whole_numbers(last) -%}
    (values {% for number in range(last + 1) -%}
        ({{ number }}){{ ', ' if not loop.last }}
    {%- endfor %})
{%- endmacro %}

-- Whole months from one day to another, as birthdays count: none from 31 January to 27 February,
-- one to the last day of February.
{% macro whole_months(first, last) -%}
    (
        {{ periods_between('month', first, last) }}
        - case when cast(
            {{ first }} + {{ periods_between('month', first, last) }} * interval '1' month as date
        ) > {{ last }} then 1 else 0 end
    )
{%- endmacro %}

-- Days are published for everybody. The day of one member is a handful of answers: most are
-- hidden, the rest is noise, and they were two thirds of rpt_metrics; `daily_members` adds them.
{% macro may_be_daily(period_grain, is_whole) -%}
    {%- if var('daily_members') -%} true
    {%- else -%} ({{ is_whole }} or {{ period_grain }} <> 'day')
    {%- endif -%}
{%- endmacro %}
