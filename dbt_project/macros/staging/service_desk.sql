-- The help desk's own ways of writing (source service_desk): `?` is null, times are day first
-- and to the minute, states have names of their own.

{% macro service_desk_text(column) -%} nullif({{ column }}, '?') {%- endmacro %}

-- 9/3/2016 04:05 -> 2016-03-09 04:05:00; anything else comes out as no time at all, and is bad_type.
{% macro service_desk_time(column) -%}
    case
        when {{ column }} <> '?' then
            split_part(split_part({{ column }}, ' ', 1), '/', 3) || '-'
            || lpad(split_part({{ column }}, '/', 2), 2, '0') || '-'
            || lpad(split_part({{ column }}, '/', 1), 2, '0') || ' '
            || split_part({{ column }}, ' ', 2) || ':00'
    end
{%- endmacro %}

-- A state that has no name here stays as it is, and is an unknown_enum.
{% macro service_desk_status(column) -%}
    case
        when {{ column }} = 'New' then 'new'
        when {{ column }} = 'Active' then 'open'
        when {{ column }} = 'Awaiting User Info' then 'pending'
        when {{ column }} like 'Awaiting %' then 'hold'
        when {{ column }} = 'Resolved' then 'solved'
        when {{ column }} = 'Closed' then 'closed'
        else {{ column }}
    end
{%- endmacro %}
