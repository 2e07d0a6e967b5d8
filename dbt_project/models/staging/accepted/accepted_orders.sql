-- Grain: one row per key of orders: its newest accepted version.
{{ accepted('orders') }}
