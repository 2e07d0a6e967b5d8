-- The columns of one contact (int_contacts_unioned). `given` maps a column to its SQL; what is
-- not given has the column's own name, or is what a system does not record.
{% macro contact(given) -%}
    {%- set column_names = [
        'source_entity', 'source', 'source_system', 'source_id', 'customer_key', 'occurred_at',
        'touchpoint', 'channel', 'environment', 'direction', 'session_id', 'topic', 'team',
        'duration_seconds', 'wait_seconds', 'outcome', 'cost', 'case_id', 'context_known',
        'handed_over_to_human', 'campaign_id', 'changed_in_load',
    ] -%}
    {%- set recorded = {'direction': "'inbound'"} -%}
    {%- for name in ['source', 'source_system', 'customer_key', 'channel', 'changed_in_load'] -%}
        {%- do recorded.update({name: name}) -%}
    {%- endfor -%}
    {%- do recorded.update(given) -%}
    {%- for name in column_names %}
        {{ recorded.get(name, 'null') }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
