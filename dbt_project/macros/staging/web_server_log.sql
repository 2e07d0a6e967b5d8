-- The combined log format's own ways of writing (source web_server_log).

-- `-` and an empty text are nothing.
{% macro log_text(column) -%} nullif(nullif({{ column }}, '-'), '') {%- endmacro %}

-- 17/May/2015:10:05:03 +0000 -> 2015-05-17T10:05:03+0000; a month that is none gives no time at
-- all, and is bad_type.
{% macro log_time(column) -%}
    substr({{ column }}, 8, 4) || '-'
    || case substr({{ column }}, 4, 3)
        {%- for month in ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] %}
        when '{{ month }}' then '{{ '%02d' | format(loop.index) }}'
        {%- endfor %}
        else '00'
    end
    || '-' || substr({{ column }}, 1, 2)
    || 'T' || replace(substr({{ column }}, 13), ' ', '')
{%- endmacro %}

-- A page without its query, which may hold a token or what somebody searched for.
{% macro without_query(url) -%}
    split_part(split_part({{ url }}, '?', 1), '#', 1)
{%- endmacro %}

{% macro query_value(url, name) -%}
    replace(replace(
        nullif(regexp_extract({{ url }}, '[?&]{{ name }}=([^&#]*)', 1), ''), '+', ' '
    ), '%20', ' ')
{%- endmacro %}

-- What a page fetches by itself, by the end of its path.
{% macro is_asset(path) -%}
    {{ matches(
        'lower(' ~ path ~ ')',
        '[.](css|js|mjs|map|json|xml|xsl|rss|atom|txt|png|jpe?g|gif|svg|webp|avif|ico|bmp'
        ~ '|ttf|otf|eot|woff2?|mp3|mp4|webm|ogg|swf)$'
    ) }}
{%- endmacro %}
