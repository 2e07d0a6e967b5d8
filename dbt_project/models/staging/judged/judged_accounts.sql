-- Grain: one row per row of accounts that was ever read, with its verdict.
{{ judged('accounts') }}
