select {{ contract_row('accounts', 'files') }}
from {{ source('raw_files', 'accounts') }}
