-- Grain: one row per row of subscriptions that was ever read, with its verdict.
{{ judged('subscriptions') }}
