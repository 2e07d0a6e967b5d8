-- Matomo's own ways of writing (source matomo).

-- One row per version of a visit and thing done in it. A visit's own times are UTC; those of its
-- actions are what the clock of the site shows, as if that were UTC. The first action begins the
-- visit: how far the two are apart, to a quarter of an hour, is how far that clock is ahead.
{% macro matomo_actions() -%}
    select
        *,
        clock_shows - 900 * cast(round(
            (
                min(clock_shows) over (partition by _file_id, _record_number) - begun_at
            ) / 900.0e0
        ) as bigint) as happened_at,
        row_number() over (
            partition by _file_id, _record_number
            order by clock_shows asc nulls last, place asc
        ) = 1 as is_first
    from (
        select
            *,
            try_cast({{ json_text('element', 'timestamp') }} as bigint) as clock_shows,
            try_cast({{ in_record('firstActionTimestamp') }} as bigint) as begun_at
        from (
            select
                *,
                {{ json_elements_in_order(in_record('actionDetails')) }}
            from {{ source('raw_matomo', 'visits') }}
        ) as exploded
    ) as actions
{%- endmacro %}

-- Who was recognised in a visit; Matomo writes nobody as false, or as nothing.
{% macro matomo_id(path) -%} nullif(nullif({{ in_record(path) }}, 'false'), '') {%- endmacro %}
