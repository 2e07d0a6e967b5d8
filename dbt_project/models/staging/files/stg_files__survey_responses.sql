-- One record of a wide sheet (mapping.yml) is a row for each of its answers.
select {{ contract_row(
    'survey_responses', 'files', row_in_record='coalesce(_row_in_record, 0)'
) }}
from {{ source('raw_files', 'survey_responses') }}
