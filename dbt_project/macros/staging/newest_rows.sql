-- The rows of a raw table as last read, one per key: raw keeps every version.
{% macro newest_rows(relation, key) -%}
    (
        select *
        from {{ relation }}
        qualify row_number() over (
            partition by {{ key }} order by _load_id desc, _file_id desc, _record_number desc
        ) = 1
    ) as newest
{%- endmacro %}
