-- Grain: one row per row of survey_questions that was ever read, with its verdict.
{{ judged(
    'survey_questions',
    joins='left join ' ~ ref('ref_scales') ~ ' as scales on rows_cast.scale_id = scales.scale_id',
    checks=[{
        'code': 'unknown_scale',
        'when': 'rows_cast.scale_id is not null and scales.scale_id is null',
        'what': 'scale_id is in no scales',
    }]
) }}
