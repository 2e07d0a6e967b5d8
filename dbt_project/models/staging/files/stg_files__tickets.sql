select {{ contract_row('tickets', 'files') }}
from {{ source('raw_files', 'tickets') }}
