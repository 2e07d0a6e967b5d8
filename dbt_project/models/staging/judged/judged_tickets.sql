-- Grain: one row per row of tickets that was ever read, with its verdict.
{{ judged('tickets') }}
