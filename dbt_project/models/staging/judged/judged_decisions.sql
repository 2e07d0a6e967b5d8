-- Grain: one row per row of decisions that was ever read, with its verdict.
{{ judged('decisions') }}
