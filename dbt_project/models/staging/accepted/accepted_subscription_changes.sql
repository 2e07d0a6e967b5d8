-- Grain: one row per key of subscription_changes: its newest accepted version.
{{ accepted('subscription_changes', parent='subscriptions', key='subscription_id') }}
