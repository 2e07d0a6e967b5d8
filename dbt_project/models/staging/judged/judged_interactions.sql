-- Grain: one row per row of interactions that was ever read, with its verdict.
{{ judged('interactions') }}
