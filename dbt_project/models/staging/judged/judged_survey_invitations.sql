-- Grain: one row per row of survey_invitations that was ever read, with its verdict.
{{ judged('survey_invitations') }}
