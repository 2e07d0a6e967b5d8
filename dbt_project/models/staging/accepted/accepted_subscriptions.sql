-- Grain: one row per key of subscriptions: its newest accepted version.
{{ accepted('subscriptions') }}
