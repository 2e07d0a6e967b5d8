-- Grain: one row per row of customers that was ever read, with its verdict.
{{ judged('customers') }}
