-- Grain: one row per record that is no row of its own: whose contact an object is, and
-- the stages of the pipelines, which are read with the objects.
with

records as (
    {%- for table in [
        'ticket_pipelines', 'deals_contacts', 'tickets_contacts', 'calls_contacts',
        'emails_contacts', 'meetings_contacts', 'communications_contacts',
    ] %}
    {{ 'union all' if not loop.first }}
    select
        _load_id,
        _file_id,
        _record_number
    from {{ source('raw_hubspot', table) }}
    {%- endfor %}
)

select {{ set_aside_row('hubspot', reason="'joined'") }}
from records
