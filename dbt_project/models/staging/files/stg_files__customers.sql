select {{ contract_row('customers', 'files') }}
from {{ source('raw_files', 'customers') }}
