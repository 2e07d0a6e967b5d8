select {{ contract_row('employee_feedback', 'files') }}
from {{ source('raw_files', 'employee_feedback') }}
