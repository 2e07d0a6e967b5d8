select {{ contract_row('survey_invitations', 'files') }}
from {{ source('raw_files', 'survey_invitations') }}
