-- Grain: one row per key of decisions: its newest accepted version.
{{ accepted('decisions') }}
