-- A returned row is a key that stands twice in a reference table, the tenant's own
-- perhaps: joins would count every record it touches twice (error).
{% set keys = {
    'scales': ['scale_id'],
    'touchpoints': ['touchpoint'],
    'channels': ['channel'],
    'cost_rates': ['channel'],
    'journeys': ['stage'],
    'funnels': ['funnel', 'step'],
    'exchange_rates': ['currency', 'substr(month, 1, 7)'],
    'personas': ['position'],
    'business_hours': ['calendar', 'iso_weekday'],
    'targets': ['metric', 'scope'],
    'maturity_criteria': ['criterion'],
    'owners': ["coalesce(touchpoint, '')", "coalesce(team, '')"],
} %}
{% for name, key in keys.items() -%}
select
    '{{ name }}' as reference_table,
    concat_ws(' ', {{ key | join(', ') }}) as key_text,
    count(*) as rows_of_one_key
from {{ ref('ref_' ~ name) }}
group by {{ key | join(', ') }}
having count(*) > 1
{{ 'union all' if not loop.last }}
{% endfor %}
