-- Grain: one row per row of consents that was ever read, with its verdict.
{{ judged('consents') }}
