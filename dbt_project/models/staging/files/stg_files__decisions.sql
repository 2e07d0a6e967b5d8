select {{ contract_row('decisions', 'files') }}
from {{ source('raw_files', 'decisions') }}
