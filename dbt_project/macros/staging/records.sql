-- What staging of records that an API gave has in common, whichever system it was.

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

-- Whose own id became another one, as its records tell one after the other: `own_id` now, and
-- `own_id_before`.
{% macro ids_changed(relation, own_id) -%}
    select *
    from (
        select
            *,
            {{ own_id }} as own_id,
            lag({{ own_id }}) over (
                partition by source_system, {{ in_record('id') }}
                order by _load_id asc, _file_id asc, _record_number asc
            ) as own_id_before
        from {{ relation }}
    ) as versions
    where own_id <> own_id_before
{%- endmacro %}

-- What a record gives, where no field of the company's own, in the column `meta` (an object of
-- freely named fields), bears the name of the column.
{% macro given_or_meta(entity, given) -%}
    {%- set made = {} -%}
    {%- for column in contract_columns(entity) -%}
        {%- set told = given.get(column.name, 'null') -%}
        {%- if column.name in ['source_system', 'updated_at', 'is_deleted'] -%}
            {%- do made.update({column.name: told}) -%}
        {%- else -%}
            {%- do made.update({column.name: first_of([json_text('meta', column.name), told])}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(made) }}
{%- endmacro %}
