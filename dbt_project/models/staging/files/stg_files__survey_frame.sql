select {{ contract_row('survey_frame', 'files') }}
from {{ source('raw_files', 'survey_frame') }}
