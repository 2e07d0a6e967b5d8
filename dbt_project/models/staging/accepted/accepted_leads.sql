-- Grain: one row per key of leads: its newest accepted version.
{{ accepted('leads') }}
