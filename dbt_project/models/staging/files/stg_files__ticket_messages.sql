select {{ contract_row('ticket_messages', 'files') }}
from {{ source('raw_files', 'ticket_messages') }}
