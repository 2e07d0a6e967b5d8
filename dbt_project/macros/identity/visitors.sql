-- A visitor is whatever identifies a browser best; people are resolved later.
{% macro visitor_key() -%}
    {{ row_hash([
        'source_system',
        "coalesce('a' || anonymous_id, 's' || session_id, 'c' || customer_id, "
        ~ "'e' || email, 'r' || cast(row_key as varchar))",
    ]) }}
{%- endmacro %}

-- Visitors of whom an event arrived, changed or was withdrawn since this model was last
-- built: of each of them all events are read again, and of nobody else.
{% macro visitors_touched() -%}
    select visitor_key
    from {{ ref('int_web_events_visited') }}
    where changed_in_load > {{ newest_in(this, 'changed_in_load') }}
    union all
    select {{ visitor_key() }} as visitor_key
    from {{ ref('retired_web_events') }}
    where changed_in_load > {{ newest_in(this, 'changed_in_load') }}
{%- endmacro %}

-- What was built of a visitor goes before the visitor is built anew: one whose only
-- event was withdrawn would otherwise stay.
{% macro without_visitors_touched() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where visitor_key in ({{ visitors_touched() }})
    {%- endif -%}
{%- endmacro %}

-- Sessions of which no event is left.
{% macro without_vanished_sessions() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where session_key not in (select session_key from {{ ref('int_web_sessions') }})
    {%- endif -%}
{%- endmacro %}
