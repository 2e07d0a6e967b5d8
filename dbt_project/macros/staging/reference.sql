-- Reference data: the tenant's own table where an inputs folder brought one
-- (reference/<name>.csv), else the seed; whole tables, never a mixture of both.
{% macro reference_table(name, columns) -%}
with

seed_rows as (
    select
        {%- for column, type in columns.items() %}
        {{ reference_value(column, type) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(name) }}
),

own_rows as (
    select
        {%- for column, type in columns.items() %}
        {{ reference_value(column, type) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ source('reference', name) }}
),

final as (
    select * from own_rows
    union all
    select * from seed_rows
    where not exists (select 1 from own_rows)
)

select * from final
{%- endmacro %}

{% macro reference_value(column, type) -%}
    {%- if type == 'varchar' -%}
        nullif(trim(cast({{ column }} as varchar)), '')
    {%- else -%}
        {{ cast_to('cast(' ~ column ~ ' as varchar)', type) }}
    {%- endif -%}
{%- endmacro %}
