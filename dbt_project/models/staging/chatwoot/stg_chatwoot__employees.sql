-- Grain: one row per time that an agent was listed. A role in Chatwoot is a right, not
-- a job, so it is not read.
select {{ contract_row('employees', 'chatwoot', given={
    'employee_id': in_record('id'),
    'source_system': 'source_system',
}) }}
from {{ source('raw_chatwoot', 'agents') }}
