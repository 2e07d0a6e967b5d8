-- Schemas bear exactly the name that a model asks for: readers rely on `marts`, not `main_marts`.
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
