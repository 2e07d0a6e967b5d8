select {{ contract_row('orders', 'files') }}
from {{ source('raw_files', 'orders') }}
