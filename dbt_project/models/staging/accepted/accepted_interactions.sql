-- Grain: one row per key of interactions: its newest accepted version.
{{ accepted('interactions') }}
