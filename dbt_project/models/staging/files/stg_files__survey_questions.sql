select {{ contract_row('survey_questions', 'files') }}
from {{ source('raw_files', 'survey_questions') }}
