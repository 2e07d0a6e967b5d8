-- Grain: one row per key of customers: its newest accepted version.
{{ accepted('customers') }}
