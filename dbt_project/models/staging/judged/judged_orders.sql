-- Grain: one row per row of orders that was ever read, with its verdict.
{{ judged('orders') }}
