-- The kind of device under which something counts (metrics.md 2.20): the app is no mobile web,
-- a tablet is neither, and what was begun on one device and ended on another is of its own kind.
-- Null for a device that nobody named or knows.
{% macro device_class(device, channel, is_cross_device='false') -%}
    case
        when {{ is_cross_device }} then 'cross_device'
        when {{ channel }} = 'app' or {{ device }} = 'app' then 'app'
        when {{ device }} = 'tablet' then 'tablet'
        when {{ device }} in ('mobile', 'phone', 'smartphone') then 'mobile'
        when {{ device }} = 'desktop' then 'desktop'
    end
{%- endmacro %}
