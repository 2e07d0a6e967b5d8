-- Reads the input contract (models/staging/contract.yml) and turns it into SQL.

-- Columns that every entity has besides its own.
{% macro implicit_columns() -%}
    {{ return([
        {'name': 'source_system', 'type': 'varchar', 'meta': {}},
        {'name': 'updated_at', 'type': 'timestamp', 'meta': {}},
        {'name': 'is_deleted', 'type': 'boolean', 'meta': {}},
    ]) }}
{%- endmacro %}

-- All columns of an entity: name, type, meta. Empty while dbt only parses.
{% macro contract_columns(entity) -%}
    {%- set columns = [] -%}
    {%- if execute -%}
        {%- set node = graph.nodes['model.cx.judged_' ~ entity] -%}
        {%- set names = [] -%}
        {%- for column in node.columns.values() -%}
            {%- do names.append(column.name) -%}
            {%- do columns.append(
                {'name': column.name, 'type': column.data_type, 'meta': column.meta}
            ) -%}
        {%- endfor -%}
        {%- for column in implicit_columns() if column.name not in names -%}
            {%- do columns.append(column) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro %}

{% macro contract_key(entity) -%}
    {{ return(graph.nodes['model.cx.judged_' ~ entity].config.meta.key if execute else []) }}
{%- endmacro %}

-- The select list with which every `stg_<source>__<entity>` ends: the contract's columns as
-- text in the contract's order, null where the source does not give one, and where the row was
-- read. A model that ends so is there only where its source has data.
--
-- given: a mapping of the contract's columns to expressions, or the list of those whose columns
--        already bear the contract's names; all where it is left out.
-- custom: the path of a record's own, freely named fields: one that bears the name of a column
--         which `given` does not give is read as that column.
-- row_in_record: tells apart the rows that one wide record was unpivoted into.
{% macro contract_row(entity, source_name, given=none, row_in_record='0', custom=none) -%}
    {%- do config(enabled=source_name == 'files' or source_name in var('sources')) -%}
    {%- do require_contract(entity, given, has_custom=custom is not none) -%}
    _load_id as load_id,
    _file_id as file_id,
    _record_number as record_number,
    -- Grows with every file read, so it orders versions; 1000 rows to a record at most.
    cast(_file_id as bigint) * 1000000000000 + _record_number * 1000 + {{ row_in_record }}
        as row_key,
    '{{ source_name }}' as source
    {%- for column in contract_columns(entity) %},
    {% if given is none or given is sequence and given is not mapping and column.name in given -%}
        {{ column.name }}
    {%- elif given is mapping and column.name in given -%}
        {{ given[column.name] }} as {{ column.name }}
    {%- elif custom is not none -%}
        {{ json_text_at('record', custom + [column.name]) }} as {{ column.name }}
    {%- else -%}
        cast(null as varchar) as {{ column.name }}
    {%- endif -%}
    {%- endfor %}
{%- endmacro %}

-- A value of a record as an API gave it, such as in_record('properties.email').
{% macro in_record(path) -%}
    {{ json_text_at('record', path.split('.')) }}
{%- endmacro %}

-- The first value that is none of null and blank.
{% macro first_of(texts) -%}
    coalesce(
        {%- for text in texts %}
        nullif({{ text }}, ''){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

-- What a record gives, where no custom field bears the name of the column.
--
-- given: the contract's columns and expressions.
-- custom: the path of the record's own custom fields; else columns bear their values.
{% macro given_or_custom(given, custom=none) -%}
    {%- set made = {} -%}
    {%- for column, told in given.items() -%}
        {%- if column in ['source_system', 'updated_at', 'is_deleted'] -%}
            {%- do made.update({column: told}) -%}
        {%- elif custom is none -%}
            {%- do made.update({column: first_of(['custom_' ~ column, told])}) -%}
        {%- else -%}
            {%- do made.update(
                {column: first_of([in_record(custom ~ '.' ~ column), told])}
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(made) }}
{%- endmacro %}

-- One row per file of a raw table: where its records all answer one question, none of them tells it.
{% macro files_of(relation) -%}
    select
        _load_id,
        _file_id,
        cast(0 as bigint) as _record_number,
        source_system
    from {{ relation }}
    group by _load_id, _file_id, source_system
{%- endmacro %}

-- A name that the contract does not have would be lost without a word, and so would all rows
-- of a model that forgot a required one.
{% macro require_contract(entity, given, has_custom=false) -%}
    {%- set names = [] -%}
    {%- for column in contract_columns(entity) if given is not none -%}
        {%- do names.append(column.name) -%}
        {%- if column.meta.required and column.name not in given and not has_custom -%}
            {%- do exceptions.raise_compiler_error(
                model.name ~ ' gives no ' ~ column.name ~ ', which ' ~ entity ~ ' requires'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in given or [] if names and name not in names -%}
        {%- do exceptions.raise_compiler_error(
            model.name ~ ' gives ' ~ name ~ ', which ' ~ entity ~ ' does not have'
        ) -%}
    {%- endfor -%}
{%- endmacro %}

-- The text of a column cast to the contract's type; null when it does not cast.
{% macro cast_to(text, type) -%}
    {%- if type == 'timestamp' -%} {{ utc_timestamp(text) }}
    {%- elif type == 'boolean' -%}
        case
            when lower(trim({{ text }})) in ('true', '1', 'yes') then true
            when lower(trim({{ text }})) in ('false', '0', 'no') then false
        end
    {%- elif type == 'integer' -%}
        case
            when try_cast({{ text }} as double) = floor(try_cast({{ text }} as double))
                then try_cast({{ text }} as integer)
        end
    {%- elif type == 'double' -%}
        -- infinity and NaN are no measurements
        case
            when abs(try_cast({{ text }} as double)) < 1e300 then try_cast({{ text }} as double)
        end
    {%- else -%} try_cast({{ text }} as {{ type }})
    {%- endif -%}
{%- endmacro %}

-- A text without the blanks around it; null when nothing is left. Most texts have no blanks
-- around them, and copying a text costs more than looking at its ends.
{% macro text_or_null(text) -%}
    case
        when {{ text }} like ' %' or {{ text }} like '% ' then nullif(trim({{ text }}), '')
        else nullif({{ text }}, '')
    end
{%- endmacro %}
