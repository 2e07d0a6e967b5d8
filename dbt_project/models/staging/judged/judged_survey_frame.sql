-- Grain: one row per row of survey_frame that was ever read, with its verdict.
{{ judged('survey_frame') }}
