select {{ contract_row('subscription_changes', 'files') }}
from {{ source('raw_files', 'subscription_changes') }}
