-- Grain: one row per key of tickets: its newest accepted version.
{{ accepted('tickets') }}
