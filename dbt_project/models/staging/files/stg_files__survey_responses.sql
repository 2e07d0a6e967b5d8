select {{ contract_row('survey_responses', 'files') }}
from {{ source('raw_files', 'survey_responses') }}
