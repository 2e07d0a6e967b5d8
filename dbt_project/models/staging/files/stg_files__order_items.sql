select {{ contract_row('order_items', 'files') }}
from {{ source('raw_files', 'order_items') }}
