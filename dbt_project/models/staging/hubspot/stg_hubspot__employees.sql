-- Grain: one row per version of an owner: whoever a contact, deal or ticket is given
-- to. An owner who was archived has left.
with

owners as (
    select * from {{ source('raw_hubspot', 'owners') }}
    union all
    select * from {{ source('raw_hubspot', 'archived_owners') }}
)

select {{ contract_row('employees', 'hubspot', {
    'source_system': 'source_system',
    'employee_id': in_record('id'),
    'team': json_text_at('record', ['teams', 0, 'name']),
    'left_at': "case " ~ in_record('archived') ~ " when 'true' then "
    ~ in_record('updatedAt') ~ " end",
    'updated_at': in_record('updatedAt'),
}) }}
from owners
