select {{ contract_row('consents', 'files') }}
from {{ source('raw_files', 'consents') }}
