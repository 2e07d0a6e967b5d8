-- Staffed seconds from the beginning of the calendar to a moment (metrics.md 2.11); `days` is
-- the int_staffed_days row of the moment's local day.
{% macro staffed_seconds_at(moment, days) -%}
    ({{ days }}.staffed_seconds_before + case
        when {{ days }}.opens_at is null or {{ moment }} <= {{ days }}.opens_at then 0
        else {{ seconds_between(
            days ~ '.opens_at', 'least(' ~ moment ~ ', ' ~ days ~ '.closes_at)'
        ) }}
    end)
{%- endmacro %}
