select {{ contract_row('interactions', 'files') }}
from {{ source('raw_files', 'interactions') }}
