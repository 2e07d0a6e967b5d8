-- The tenant's brand as a text in SQL, whatever its name is made of.
{% macro own_brand() -%}
    {{ dbt.string_literal(dbt.escape_single_quotes(var('brand'))) }}
{%- endmacro %}
