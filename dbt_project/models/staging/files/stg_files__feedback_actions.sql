select {{ contract_row('feedback_actions', 'files') }}
from {{ source('raw_files', 'feedback_actions') }}
