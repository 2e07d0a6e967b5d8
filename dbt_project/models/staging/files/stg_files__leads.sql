select {{ contract_row('leads', 'files') }}
from {{ source('raw_files', 'leads') }}
