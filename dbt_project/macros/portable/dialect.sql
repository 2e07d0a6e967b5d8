-- Constructs that DuckDB and Spark write differently, one macro each. Everything else in this
-- project is text that both engines run alike.

-- A wide hash of some columns for joins inside one build; its values differ between engines.
{% macro row_hash(columns) -%}
    {{ return(adapter.dispatch('row_hash', 'cx')(columns)) }}
{%- endmacro %}
{% macro duckdb__row_hash(columns) -%}
    cast(hash({{ columns | join(", ") }}) >> 1 as bigint)
{%- endmacro %}
{% macro spark__row_hash(columns) -%} xxhash64({{ columns | join(', ') }}) {%- endmacro %}

-- The same 60-bit key on every engine, from a text.
{% macro key_of(text) -%}
    {{ return(adapter.dispatch('key_of', 'cx')(text)) }}
{%- endmacro %}
{% macro duckdb__key_of(text) -%}
    cast('0x' || substr(md5({{ text }}), 1, 15) as bigint)
{%- endmacro %}
{% macro spark__key_of(text) -%}
    cast(conv(substr(md5({{ text }}), 1, 15), 16, 10) as bigint)
{%- endmacro %}

-- A key that nobody can compute back from a list of e-mail addresses: a keyed hash in two
-- steps (the construction of HMAC). The keys stand in a private table, never in SQL text.
{% macro keyed_hash(text) -%}
    sha256(
        (select outer_key from {{ source('private', 'hash_key') }})
        || sha256((select inner_key from {{ source('private', 'hash_key') }}) || {{ text }})
    )
{%- endmacro %}

{% macro byte_length(text) -%}
    {{ return(adapter.dispatch('byte_length', 'cx')(text)) }}
{%- endmacro %}
{% macro duckdb__byte_length(text) -%} strlen({{ text }}) {%- endmacro %}
{% macro spark__byte_length(text) -%} octet_length({{ text }}) {%- endmacro %}

-- Patterns use classes such as [^0-9], never \d: Spark eats backslashes.
{% macro matches(text, pattern) -%}
    {{ return(adapter.dispatch('matches', 'cx')(text, pattern)) }}
{%- endmacro %}
{% macro duckdb__matches(text, pattern) -%}
    regexp_matches({{ text }}, '{{ pattern }}')
{%- endmacro %}
{% macro spark__matches(text, pattern) -%} ({{ text }} rlike '{{ pattern }}') {%- endmacro %}

-- What a bracket of the pattern has found stands in the replacement as @1, @2.
{% macro replace_all(text, pattern, replacement) -%}
    {{ return(adapter.dispatch('replace_all', 'cx')(text, pattern, replacement)) }}
{%- endmacro %}
{% macro duckdb__replace_all(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement | replace("@", "\\") }}', 'g')
{%- endmacro %}
{% macro spark__replace_all(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement | replace("@", "$") }}')
{%- endmacro %}

-- Seconds from one time to another, with fractions.
{% macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between', 'cx')(earlier, later)) }}
{%- endmacro %}
{% macro duckdb__seconds_between(earlier, later) -%}
    ((epoch_us({{ later }}) - epoch_us({{ earlier }})) / 1000000.0e0)
{%- endmacro %}
{% macro spark__seconds_between(earlier, later) -%}
    ((unix_micros({{ later }}) - unix_micros({{ earlier }})) / 1000000.0e0)
{%- endmacro %}

-- The time some seconds, with fractions, after another.
{% macro seconds_after(time, seconds) -%}
    {{ return(adapter.dispatch('seconds_after', 'cx')(time, seconds)) }}
{%- endmacro %}
{% macro duckdb__seconds_after(time, seconds) -%}
    make_timestamp(epoch_us({{ time }}) + cast(round(({{ seconds }}) * 1000000) as bigint))
{%- endmacro %}
{% macro spark__seconds_after(time, seconds) -%}
    cast(timestamp_micros(
        unix_micros({{ time }}) + cast(round(({{ seconds }}) * 1000000) as bigint)
    ) as timestamp_ntz)
{%- endmacro %}

-- The tenant's calendar date of a UTC time.
{% macro local_date(utc) -%}
    {{ return(adapter.dispatch('local_date', 'cx')(utc)) }}
{%- endmacro %}
{% macro duckdb__local_date(utc) -%}
    {%- if var('timezone') == 'UTC' -%}
        cast({{ utc }} as date)
    {%- else -%}
        cast(timezone('{{ var("timezone") }}', timezone('UTC', {{ utc }})) as date)
    {%- endif -%}
{%- endmacro %}
{% macro spark__local_date(utc) -%}
    cast(from_utc_timestamp({{ utc }}, '{{ var("timezone") }}') as date)
{%- endmacro %}

-- A time text as UTC: one with an offset is converted, one without is read in the tenant's zone.
-- ISO 8601, with a blank for the `T` and blanks around it; null for anything else. An offset that
-- no clock has, beyond 18 hours or with 60 minutes, makes the text none.
{% macro utc_timestamp(text) -%}
    {{ return(adapter.dispatch('utc_timestamp', 'cx')(text)) }}
{%- endmacro %}
{% macro duckdb__utc_timestamp(text) -%}
    {#- The plain cast is four times as fast, and drops an offset without a word: only texts
        that cannot hold one after their minutes take it. Neither cast knows every form of ISO
        8601: what is left over is respelt, which costs six times as much. -#}
    coalesce(
        case
            when {{ text }} like '%Z' then try_cast({{ text }} as timestamp)
            when regexp_matches(substr({{ text }}, 14), '[zZ+-]|UTC')
                then case
                    when regexp_matches({{ text }}, '[0-9]{{ iso_offset() }}$')
                        then cast(try_cast({{ text }} as timestamptz) as timestamp)
                end
            -- not `epoch`, not `infinity`
            when {{ text }} between '0' and ':'
                then {{ utc_of_local("try_cast(" ~ text ~ " as timestamp)") }}
        end,
        case
            when {{ text }} <> '' and {{ is_iso_time(text) }}
                then cast(try_cast(
                    {{ respelt_time(text) }}
                    || case when {{ has_offset(text) }} then '' else ' {{ var("timezone") }}' end
                    as timestamptz
                ) as timestamp)
        end
    )
{%- endmacro %}
{% macro spark__utc_timestamp(text) -%}
    case
        when not {{ is_iso_time(text) }} then null
        when {{ has_offset(text) }}
            then cast(try_cast({{ respelt_time(text) }} as timestamp) as timestamp_ntz)
        else to_utc_timestamp(
            try_cast({{ respelt_time(text) }} as timestamp_ntz), '{{ var("timezone") }}'
        )
    end
{%- endmacro %}

-- Parts of the above: the forms of ISO 8601 that are read, and all of them spelt alike.
{% macro iso_offset() -%}
    (Z|UTC|[+-](0[0-9]|1[0-7])(:?[0-5][0-9](:?[0-5][0-9])?)?|[+-]18(:?00)?)
{%- endmacro %}
{% macro is_iso_time(text) -%}
    {{ matches(
        "upper(trim(" ~ text ~ "))",
        "^[0-9]{4}-?[0-9]{2}-?[0-9]{2}"
        ~ "([T ][0-9]{2}(:?[0-9]{2}(:?[0-9]{2}([.,][0-9]+)?)?)?( ?" ~ iso_offset() ~ ")?)?$"
    ) }}
{%- endmacro %}
{% macro has_offset(text) -%}
    {{ matches("upper(trim(" ~ text ~ "))", "[T ].*(Z|UTC|[+-][0-9:]+)$") }}
{%- endmacro %}
{% macro respelt_time(text) -%}
    {%- set packed -%}
        replace(replace(replace(upper(trim({{ text }})), ' ', ''), ',', '.'), 'UTC', 'Z')
    {%- endset -%}
    {#- More noughts than can be missing; those that were not are taken away again. -#}
    {%- set filled = replace_all(
        packed,
        "^([0-9]{4})-?([0-9]{2})-?([0-9]{2})T?([0-9]{0,2}):?([0-9]{0,2}):?([0-9]{0,2})",
        "@1-@2-@3T@4@5@6000000"
    ) -%}
    {{ replace_all(filled, "T([0-9]{2})([0-9]{2})([0-9]{2})0*", " @1:@2:@3") }}
{%- endmacro %}

-- A JSON object of texts, from a mapping of name to SQL.
{% macro json_row(fields) -%}
    {{ return(adapter.dispatch('json_row', 'cx')(fields)) }}
{%- endmacro %}
{% macro duckdb__json_row(fields) -%}
    cast(json_object(
        {%- for name, value in fields.items() %}
        '{{ name }}', {{ value }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) as varchar)
{%- endmacro %}
{% macro spark__json_row(fields) -%}
    to_json(named_struct(
        {%- for name, value in fields.items() %}
        '{{ name }}', {{ value }}{{ ',' if not loop.last }}
        {%- endfor %}
    ))
{%- endmacro %}

-- A whole-number modulus on a product of two 60-bit numbers needs more than 64 bits.
{% macro multiply_mod(a, x, b, p) -%}
    {{ return(adapter.dispatch('multiply_mod', 'cx')(a, x, b, p)) }}
{%- endmacro %}
{% macro duckdb__multiply_mod(a, x, b, p) -%}
    ((cast({{ a }} as hugeint) * {{ x }} + {{ b }}) % {{ p }})
{%- endmacro %}
{% macro spark__multiply_mod(a, x, b, p) -%}
    ((cast({{ a }} as decimal(19, 0)) * cast({{ x }} as decimal(19, 0)) + {{ b }}) % {{ p }})
{%- endmacro %}

-- One row per day of a span, as column `day`.
{% macro day_spine(first_day, last_day) -%}
    {{ return(adapter.dispatch('day_spine', 'cx')(first_day, last_day)) }}
{%- endmacro %}
{% macro duckdb__day_spine(first_day, last_day) -%}
    select cast(unnest(generate_series({{ first_day }}, {{ last_day }}, interval '1' day)) as date) as day
{%- endmacro %}
{% macro spark__day_spine(first_day, last_day) -%}
    select explode(sequence({{ first_day }}, {{ last_day }}, interval 1 day)) as day
{%- endmacro %}

-- The UTC time of a clock time on a calendar date in the tenant's zone.
{% macro utc_of_local(local_timestamp) -%}
    {{ return(adapter.dispatch('utc_of_local', 'cx')(local_timestamp)) }}
{%- endmacro %}
{% macro duckdb__utc_of_local(local_timestamp) -%}
    {%- if var('timezone') == 'UTC' -%} {{ local_timestamp }}
    {%- else -%} timezone('UTC', timezone('{{ var("timezone") }}', {{ local_timestamp }}))
    {%- endif -%}
{%- endmacro %}
{% macro spark__utc_of_local(local_timestamp) -%}
    to_utc_timestamp({{ local_timestamp }}, '{{ var("timezone") }}')
{%- endmacro %}

-- The clock time in the tenant's zone of a UTC time.
{% macro local_time(utc) -%}
    {{ return(adapter.dispatch('local_time', 'cx')(utc)) }}
{%- endmacro %}
{% macro duckdb__local_time(utc) -%}
    {%- if var('timezone') == 'UTC' -%} {{ utc }}
    {%- else -%} timezone('{{ var("timezone") }}', timezone('UTC', {{ utc }}))
    {%- endif -%}
{%- endmacro %}
{% macro spark__local_time(utc) -%}
    from_utc_timestamp({{ utc }}, '{{ var("timezone") }}')
{%- endmacro %}

-- The texts of a group as one, in alphabetical order; nulls are left out.
{% macro text_list(text) -%}
    {{ return(adapter.dispatch('text_list', 'cx')(text)) }}
{%- endmacro %}
{% macro duckdb__text_list(text) -%} string_agg({{ text }}, ', ' order by {{ text }}) {%- endmacro %}
{% macro spark__text_list(text) -%} array_join(array_sort(collect_list({{ text }})), ', ') {%- endmacro %}

-- A value that orders rows by the first column and, on a tie, by the second.
{% macro ordered_pair(first, second) -%}
    {{ return(adapter.dispatch('ordered_pair', 'cx')(first, second)) }}
{%- endmacro %}
{% macro duckdb__ordered_pair(first, second) -%} row({{ first }}, {{ second }}) {%- endmacro %}
{% macro spark__ordered_pair(first, second) -%} struct({{ first }}, {{ second }}) {%- endmacro %}

-- A field of a JSON object as text; the name is a literal, or stands in a column.
{% macro json_text(json, name) -%}
    {{ return(adapter.dispatch('json_text', 'cx')(json, name)) }}
{%- endmacro %}
{% macro duckdb__json_text(json, name) -%} json_extract_string({{ json }}, '$."{{ name }}"') {%- endmacro %}
{% macro spark__json_text(json, name) -%} get_json_object({{ json }}, '$["{{ name }}"]') {%- endmacro %}

-- A value some levels deep: names, or the places of a list, which count from 0.
{% macro json_text_at(json, path) -%}
    {{ return(adapter.dispatch('json_text_at', 'cx')(json, path)) }}
{%- endmacro %}
{% macro duckdb__json_text_at(json, path) -%}
    json_extract_string({{ json }}, '$
    {%- for step in path -%}
        {%- if step is integer -%} [{{ step }}] {%- else -%} ."{{ step }}" {%- endif -%}
    {%- endfor -%}
    ')
{%- endmacro %}
{% macro spark__json_text_at(json, path) -%}
    get_json_object({{ json }}, '$
    {%- for step in path -%}
        {%- if step is integer -%} [{{ step }}] {%- else -%} ["{{ step }}"] {%- endif -%}
    {%- endfor -%}
    ')
{%- endmacro %}

-- The elements of a JSON list, one row each: SQL for a select list, and its alias. What is no list
-- has none: one record of another form must not stop the others.
{% macro json_elements(json) -%}
    {{ return(adapter.dispatch('json_elements', 'cx')(json)) }}
{%- endmacro %}
{% macro duckdb__json_elements(json) -%}
    unnest(try_cast({{ json }} as json[]))
{%- endmacro %}
{% macro spark__json_elements(json) -%}
    explode(from_json({{ json }}, 'array<string>'))
{%- endmacro %}

-- The names in a JSON object, one row each: SQL for a select list.
{% macro json_names(json) -%}
    {{ return(adapter.dispatch('json_names', 'cx')(json)) }}
{%- endmacro %}
{% macro duckdb__json_names(json) -%} unnest(json_keys({{ json }})) {%- endmacro %}
{% macro spark__json_names(json) -%} explode(json_object_keys({{ json }})) {%- endmacro %}

-- The parts of a text between separators, one row each.
{% macro split_texts(text, separator) -%}
    {{ return(adapter.dispatch('split_texts', 'cx')(text, separator)) }}
{%- endmacro %}
{% macro duckdb__split_texts(text, separator) -%}
    unnest(string_split({{ text }}, '{{ separator }}'))
{%- endmacro %}
{% macro spark__split_texts(text, separator) -%}
    explode(split({{ text }}, '{{ separator }}'))
{%- endmacro %}

-- The same with the place of each element in its list: two columns, `element` and `place`.
{% macro json_elements_in_order(json) -%}
    {{ return(adapter.dispatch('json_elements_in_order', 'cx')(json)) }}
{%- endmacro %}
{% macro duckdb__json_elements_in_order(json) -%}
    unnest(try_cast({{ json }} as json[])) as element,
    generate_subscripts(try_cast({{ json }} as json[]), 1) as place
{%- endmacro %}
{% macro spark__json_elements_in_order(json) -%}
    posexplode(from_json({{ json }}, 'array<string>')) as (place, element)
{%- endmacro %}

-- An element of a JSON list that is a text, without its quotes.
{% macro json_element_text(element) -%}
    {{ return(adapter.dispatch('json_element_text', 'cx')(element)) }}
{%- endmacro %}
{% macro duckdb__json_element_text(element) -%} json_extract_string({{ element }}, '$') {%- endmacro %}
{% macro spark__json_element_text(element) -%} {{ element }} {%- endmacro %}

-- A JSON list of texts as one text.
{% macro json_texts_joined(json) -%}
    {{ return(adapter.dispatch('json_texts_joined', 'cx')(json)) }}
{%- endmacro %}
{% macro duckdb__json_texts_joined(json) -%}
    array_to_string(cast(cast({{ json }} as json) as varchar[]), ', ')
{%- endmacro %}
{% macro spark__json_texts_joined(json) -%}
    array_join(from_json({{ json }}, 'array<string>'), ', ')
{%- endmacro %}

-- Whole seconds since 1970 as a time in ISO order; null for what is no number.
{% macro iso_of_epoch(seconds) -%}
    {{ return(adapter.dispatch('iso_of_epoch', 'cx')(seconds)) }}
{%- endmacro %}
{% macro duckdb__iso_of_epoch(seconds) -%}
    cast(make_timestamp(try_cast({{ seconds }} as bigint) * 1000000) as varchar) || 'Z'
{%- endmacro %}
{% macro spark__iso_of_epoch(seconds) -%}
    date_format(
        timestamp_seconds(try_cast({{ seconds }} as bigint)), "yyyy-MM-dd'T'HH:mm:ss'Z'"
    )
{%- endmacro %}

{% macro json_text_of_column(json, column) -%}
    {{ return(adapter.dispatch('json_text_of_column', 'cx')(json, column)) }}
{%- endmacro %}
{% macro duckdb__json_text_of_column(json, column) -%}
    json_extract_string({{ json }}, '$."' || {{ column }} || '"')
{%- endmacro %}
{% macro spark__json_text_of_column(json, column) -%}
    element_at(from_json({{ json }}, 'map<string, string>'), {{ column }})
{%- endmacro %}

-- A month/day/year text, as a spreadsheet writes it, in ISO order.
{% macro iso_of_month_day_year(text) -%}
    {{ return(adapter.dispatch('iso_of_month_day_year', 'cx')(text)) }}
{%- endmacro %}
{% macro duckdb__iso_of_month_day_year(text) -%}
    coalesce(cast(try_strptime({{ text }}, '%m/%d/%Y %H:%M') as varchar), {{ text }})
{%- endmacro %}
{% macro spark__iso_of_month_day_year(text) -%}
    coalesce(cast(try_to_timestamp({{ text }}, 'M/d/yyyy H:mm') as string), {{ text }})
{%- endmacro %}

-- A CTE that is read twice is computed twice instead of being kept: wide rows are dear to keep.
{% macro inlined() -%}
    {{ return(adapter.dispatch('inlined', 'cx')()) }}
{%- endmacro %}
{% macro duckdb__inlined() -%} not materialized {%- endmacro %}
{% macro spark__inlined() -%} {%- endmacro %}

-- A list of {key, value: {string_value, int_value, ...}} as a JSON object of texts, but for the
-- named keys; null where the text is no such list.
{% macro object_of_pairs(pairs, without=[]) -%}
    {{ return(adapter.dispatch('object_of_pairs', 'cx')(pairs, without)) }}
{%- endmacro %}
{% macro duckdb__object_of_pairs(pairs, without) -%}
    '{' || array_to_string(
        list_transform(
            list_filter(
                from_json(
                    {{ valid_json(pairs) }},
                    '[{"key": "VARCHAR", "value": {"string_value": "VARCHAR", "int_value": "VARCHAR", "float_value": "VARCHAR", "double_value": "VARCHAR"}}]'
                ),
                lambda pair: pair.key not in ('', '{{ without | join("', '") }}')
            ),
            lambda pair: cast(to_json(pair.key) as varchar) || ':' || coalesce(
                cast(to_json(coalesce(
                    pair.value.string_value,
                    pair.value.int_value,
                    pair.value.float_value,
                    pair.value.double_value
                )) as varchar),
                'null'
            )
        ),
        ','
    ) || '}'
{%- endmacro %}
{% macro spark__object_of_pairs(pairs, without) -%}
    to_json(map_from_entries(transform(
        filter(
            from_json(
                {{ pairs }},
                'array<struct<key string, value struct<string_value string, int_value string, float_value string, double_value string>>>'
            ),
            pair -> pair.key not in ('', '{{ without | join("', '") }}')
        ),
        pair -> struct(pair.key, coalesce(
            pair.value.string_value,
            pair.value.int_value,
            pair.value.float_value,
            pair.value.double_value
        ))
    )))
{%- endmacro %}

-- A JSON text, or null where it is none: DuckDB would end the build on it.
{% macro valid_json(text) -%}
    {{ return(adapter.dispatch('valid_json', 'cx')(text)) }}
{%- endmacro %}
{% macro duckdb__valid_json(text) -%} case when json_valid({{ text }}) then {{ text }} end {%- endmacro %}
{% macro spark__valid_json(text) -%} {{ text }} {%- endmacro %}

-- Microseconds since 1970 as a text of ISO 8601 in UTC; what is no such number stays as it is.
{% macro iso_of_microseconds(text) -%}
    {{ return(adapter.dispatch('iso_of_microseconds', 'cx')(text)) }}
{%- endmacro %}
{% macro duckdb__iso_of_microseconds(text) -%}
    case
        when try_cast({{ text }} as bigint) between -62135596800000000 and 253402300799999999
            then cast(make_timestamp(try_cast({{ text }} as bigint)) as varchar) || 'Z'
        else {{ text }}
    end
{%- endmacro %}
{% macro spark__iso_of_microseconds(text) -%}
    case
        when try_cast({{ text }} as bigint) between -62135596800000000 and 253402300799999999
            then cast(timestamp_micros(try_cast({{ text }} as bigint)) as string) || 'Z'
        else {{ text }}
    end
{%- endmacro %}

-- A list of {key, value} as a JSON object, whatever the values are; null where there is none.
-- `key`: what the list calls the name of an entry.
{% macro object_of_entries(entries, key='key') -%}
    {{ return(adapter.dispatch('object_of_entries', 'cx')(entries, key)) }}
{%- endmacro %}
{% macro duckdb__object_of_entries(entries, key) -%}
    '{' || array_to_string(
        list_transform(
            from_json(
                try_cast({{ entries }} as json), '[{"{{ key }}": "VARCHAR", "value": "JSON"}]'
            ),
            lambda entry: cast(to_json(entry.{{ key }}) as varchar) || ':'
            || coalesce(cast(entry.value as varchar), 'null')
        ),
        ','
    ) || '}'
{%- endmacro %}
{% macro spark__object_of_entries(entries, key) -%}
    to_json(map_from_entries(
        from_json({{ entries }}, 'array<struct<{{ key }} string, value string>>')
    ))
{%- endmacro %}
