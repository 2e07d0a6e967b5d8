-- Grain: one row per row of survey_questions that was ever read, with its verdict.
{{ judged('survey_questions') }}
