-- Grain: one row per row of leads that was ever read, with its verdict.
{{ judged('leads') }}
