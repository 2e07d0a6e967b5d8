-- One row per combination of columns, none of them blank: a key of several columns.
{% test unique_combination(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as rows_of_one_key
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 or {{ columns | join(' is null or ') }} is null
{% endtest %}
