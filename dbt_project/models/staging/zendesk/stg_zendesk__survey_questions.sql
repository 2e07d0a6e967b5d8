-- Grain: one row per file of ratings: the question that each of them answers.
with

files as (
    select
        _load_id,
        _file_id,
        cast(0 as bigint) as _record_number,  -- told by no record of it
        source_system
    from {{ source('raw_zendesk', 'satisfaction_ratings') }}
    group by _load_id, _file_id, source_system
)

select {{ contract_row('survey_questions', 'zendesk', given={
    'survey_id': "'satisfaction_rating'",
    'question_id': "'satisfaction'",
    'source_system': 'source_system',
    'scale_id': "'csat_thumbs'",
}) }}
from files
