-- Grain: one row per key of survey_questions: its newest accepted version.
{{ accepted('survey_questions') }}
