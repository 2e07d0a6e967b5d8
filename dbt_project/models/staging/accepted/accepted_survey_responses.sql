-- Grain: one row per key of survey_responses: its newest accepted version.
{{ accepted('survey_responses') }}
