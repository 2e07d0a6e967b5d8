-- Google Analytics 4's own ways of writing (source ga4).

-- The events of all files ever read, each with an id, which GA4 does not give: the same in every
-- export of the day. What tells two events apart no further are repeats, and are counted.
-- `replaced_in_load`: from then on a newer export speaks for the file's part of the day;
-- `is_late`: the day was complete when this file of its beginning came.
{% macro ga4_events() -%}
    select
        events.*,
        replaced.replaced_in_load,
        coalesce(replaced.is_late, false) as is_late,
        cast(events.event_key as varchar) || '-' || cast(events.times_in_file as varchar)
        || case when replaced.is_late then '-intraday' else '' end as event_id
    from (
        select
            *,
            row_number() over (
                partition by _load_id, _file_id, event_key
                order by {{ key_of("coalesce(event_params, '')") }}, _record_number
            ) as times_in_file
        from (
            select
                *,
                {{ key_of(
                    "coalesce(stream_id, '') || ' ' || coalesce(user_pseudo_id, '') || ' ' || "
                    ~ "coalesce(event_timestamp, '') || ' ' || coalesce(event_name, '') || ' ' || "
                    ~ "coalesce(event_bundle_sequence_id, '') || ' ' || "
                    ~ "coalesce(batch_page_id, '') || ' ' || coalesce(batch_ordering_id, '') || ' ' || "
                    ~ "coalesce(batch_event_index, '')"
                ) }} as event_key
            from {{ source('raw_ga4', 'web_events') }}
        ) as read
    ) as events
    left join ({{ ga4_days_replaced() }}) as replaced
        on
            events._file_id = replaced._file_id
            and coalesce(events.stream_id, '') = replaced.stream_id
            and events.event_date = replaced.event_date
{%- endmacro %}

-- Days of a stream in a file for which a newer export speaks: the file was exported again, or the
-- complete day came after its beginning. A file that holds less than half of what it would replace
-- was cut off, and replaces nothing.
{% macro ga4_days_replaced() -%}
    {%- set file_days -%}
        select
            *,
            sum(events) over (
                partition by _load_id, stream_id, event_date, is_intraday
            ) as events_in_load
        from (
            select
                _load_id,
                _file_id,
                coalesce(stream_id, '') as stream_id,
                event_date,
                {{ replace_all(
                    "lower(_file)", "^.*/|[.](json|jsonl|ndjson|parquet)?([.]?gz)?$", ""
                ) }} as part,
                lower(_file) like '%intraday%' as is_intraday,
                count(*) as events
            from {{ source('raw_ga4', 'web_events') }}
            group by _load_id, _file_id, _file, stream_id, event_date
        ) as file_days
    {%- endset -%}
    select
        older._file_id,
        older.stream_id,
        older.event_date,
        min(greatest(older._load_id, newer._load_id)) as replaced_in_load,
        bool_or(
            older.is_intraday
            and not newer.is_intraday
            and newer._load_id <= older._load_id
        ) as is_late
    from ({{ file_days }}) as older
    inner join ({{ file_days }}) as newer
        on
            older.stream_id = newer.stream_id
            and older.event_date = newer.event_date
            and newer.events_in_load * 2 >= older.events
            and (
                older.is_intraday
                and not newer.is_intraday
                or older.is_intraday = newer.is_intraday
                and older.part = newer.part
                and older._file_id < newer._file_id
            )
    group by older._file_id, older.stream_id, older.event_date
{%- endmacro %}

-- Of what stands no more in any export that holds, the row read last, and the load since when.
-- `key`: what tells apart what was read.
{% macro ga4_gone(relation, key) -%}
    select
        _file_id,
        _record_number,
        gone_in_load
    from (
        select
            _file_id,
            _record_number,
            -- a row that was not replaced holds until a load that never comes
            max(coalesce(replaced_in_load, 2147483647)) over so_far as gone_in_load,
            lead(_load_id) over so_far as next_load
        from {{ relation }}
        where not is_late
        window so_far as (partition by {{ key }} order by _file_id, _record_number)
    ) as versions
    where gone_in_load < 2147483647 and coalesce(next_load > gone_in_load, true)
{%- endmacro %}

-- The path of an address; an address without a path is that of the first page.
{% macro path_of(url) -%}
    coalesce(
        nullif({{ replace_all(without_query(url), "^[a-z]+://[^/]*", "") }}, ''),
        case when {{ url }} <> '' then '/' end
    )
{%- endmacro %}
