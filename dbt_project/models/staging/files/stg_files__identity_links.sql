select {{ contract_row('identity_links', 'files') }}
from {{ source('raw_files', 'identity_links') }}
