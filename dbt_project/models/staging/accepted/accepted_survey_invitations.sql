-- Grain: one row per key of survey_invitations: its newest accepted version.
{{ accepted('survey_invitations') }}
