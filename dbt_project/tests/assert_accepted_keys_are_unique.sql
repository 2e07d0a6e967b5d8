-- A returned row is a record that staging accepted twice: everything built on it would
-- count it twice. All entities in one test, because each test costs a query (error: a
-- wrong number).
{% for entity in all_entities() -%}
{%- set key = ['source_system'] + contract_key(entity) %}
select
    '{{ entity }}' as entity,
    count(*) as rows_of_one_key
from {{ ref('accepted_' ~ entity) }}
group by {{ key | join(', ') }}
having count(*) > 1
{{ 'union all' if not loop.last }}
{%- endfor %}
