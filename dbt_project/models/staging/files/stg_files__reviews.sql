select {{ contract_row('reviews', 'files') }}
from {{ source('raw_files', 'reviews') }}
