-- Snowplow's own ways of writing (source snowplow).

-- All times are in UTC, whether they say so or not.
{% macro snowplow_time(column) -%}
    case when {{ has_offset(column) }} then {{ column }} else {{ column }} || 'Z' end
{%- endmacro %}

-- An id of a browser; of somebody who is tracked without one all are noughts. A server keeps no
-- cookie: it is another network user with every event.
{% macro snowplow_browser(column) -%}
    case
        when {{ column }} = '00000000-0000-0000-0000-000000000000' then null
        {%- if column.endswith('network_userid') %}
        when platform = 'srv' then null
        {%- endif %}
        else {{ column }}
    end
{%- endmacro %}

-- What tells apart events that bear one id: the fingerprint, or what the tracker sent where the
-- enrichment makes none.
{% macro snowplow_fingerprint() -%}
    coalesce(event_fingerprint, md5(concat_ws(
        '|'
        {%- for column in [
            'event', 'event_name', 'dvce_created_tstamp', 'user_id', 'domain_userid', 'page_url',
            'se_category', 'se_action', 'se_label', 'se_property', 'se_value', 'unstruct_event',
        ] %},
        coalesce({{ column }}, '')
        {%- endfor %}
    )))
{%- endmacro %}

-- Where the table keeps what an event of a kind of its own says, such as
-- unstruct_event_com_example_basket_filled_1; the stream keeps it in `unstruct_event`.
{% macro snowplow_own_column() -%}
    'unstruct_event_' || replace(event_vendor, '.', '_') || '_' || event_name || '_'
    || split_part(event_version, '-', 1)
{%- endmacro %}
