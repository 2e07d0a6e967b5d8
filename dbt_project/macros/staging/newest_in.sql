-- The largest value that a built relation holds, as a number in the text: the reader of the next
-- increment then skips the row groups before it.
{% macro newest_in(relation, column) -%}
    {%- if execute and is_incremental() -%}
        {{ return(run_query(
            'select coalesce(max(' ~ column ~ '), 0) from ' ~ relation
        ).columns[0][0]) }}
    {%- endif -%}
    {{ return(0) }}
{%- endmacro %}
