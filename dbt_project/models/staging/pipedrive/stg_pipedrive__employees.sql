-- Grain: one row per time that a user was listed. Who was deactivated has left.
select {{ contract_row('employees', 'pipedrive', {
    'employee_id': in_record('id'),
    'source_system': 'source_system',
    'left_at': "case " ~ in_record('active_flag') ~ " when 'false' then "
    ~ pipedrive_moment(in_record('modified')) ~ " end",
    'updated_at': pipedrive_moment(in_record('modified')),
}) }}
from {{ source('raw_pipedrive', 'users') }}
