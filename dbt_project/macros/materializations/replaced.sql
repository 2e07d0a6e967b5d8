{# Tables and views in DuckDB, which replaces either in one statement and one transaction: readers
see the old or the new. dbt's own way, to make another, rename both and drop the old one, costs a
small model half of its time; this warehouse has two hundred. #}
{% materialization table, adapter='duckdb' %}
    {{ return(replaced('table', table_definition(sql))) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(replaced('view', 'as (' ~ sql ~ '\n)')) }}
{% endmaterialization %}

{% macro replaced(type, definition) %}
    {%- set target_relation = this.incorporate(type=type) -%}
    {{ run_hooks(pre_hooks) }}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- if existing_relation is not none and existing_relation.type != type -%}
        {%- do adapter.drop_relation(existing_relation) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        create or replace {{ type }} {{ target_relation }} {{ definition }}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmacro %}

{# A contract names columns and types beforehand, and what is inserted has to keep to them. #}
{% macro table_definition(query) -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(query) }}
        {{ get_table_columns_and_constraints() }};
        insert into {{ this }} {{ get_column_names() }} (
            {{ get_select_subquery(query) }}
        )
    {%- else -%}
        as (
            {{ query }}
        )
    {%- endif -%}
{%- endmacro %}
