select {{ contract_row('subscriptions', 'files') }}
from {{ source('raw_files', 'subscriptions') }}
