select {{ contract_row('employees', 'files') }}
from {{ source('raw_files', 'employees') }}
