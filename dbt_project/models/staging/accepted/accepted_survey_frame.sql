-- Grain: one row per key of survey_frame: its newest accepted version.
{{ accepted('survey_frame') }}
