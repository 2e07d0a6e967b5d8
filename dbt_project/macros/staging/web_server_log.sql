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

-- Every hit with the event that a person may have meant by it, or why it is none.
{% macro hits_named() -%}
    select
        *,
        case
            when method not in ('GET', 'POST') then 'other_method'
            when {{ is_asset('page') }} then 'asset'
            when event_name is null then 'redirect_or_part'
        end as reason
    from (
        select
            *,
            {{ without_query('target') }} as page,
            case
                when status >= '400' then 'error'
                when method = 'POST' then 'form_submit'
                -- 206 is a further part of a file, 304 a page that the browser still has
                when status < '300' and status <> '206' or status = '304' then 'page_view'
            end as event_name
        from (
            select
                *,
                split_part(request, ' ', 1) as method,
                {{ replace_all(
                    "split_part(request, ' ', 2)", '^https?://[^/]*', ''
                ) }} as target
            from {{ source('raw_web_server_log', 'web_events') }}
        ) as hits
    ) as hits_read
{%- endmacro %}
