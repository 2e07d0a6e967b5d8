select {{ contract_row('web_events', 'files') }}
from {{ source('raw_files', 'web_events') }}
