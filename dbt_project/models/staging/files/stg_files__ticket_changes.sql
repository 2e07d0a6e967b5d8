select {{ contract_row('ticket_changes', 'files') }}
from {{ source('raw_files', 'ticket_changes') }}
