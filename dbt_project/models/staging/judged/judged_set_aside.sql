-- Grain: one row per record that its source sets aside, with the reason as things stood
-- when its load was first built.
with

records as (
    {% for source_name, entities in var('source_entities').items()
        if 'set_aside' in entities and source_name in var('sources') -%}
    select * from {{ ref('stg_' ~ source_name ~ '__set_aside') }}
    {%- if is_incremental() %}
    where load_id > {{ newest_in(this, 'load_id') }}
    {%- endif %}
    union all
    {% endfor -%}
    -- so that the table is there without any such source
    select
        cast(null as varchar) as source,
        cast(null as integer) as load_id,
        cast(null as integer) as file_id,
        cast(null as bigint) as record_number,
        cast(null as varchar) as reason
    where false
)

select
    cast(file_id as bigint) * 100000000000 + record_number * 100 as row_key,
    source,
    load_id,
    file_id,
    record_number,
    reason
from records
