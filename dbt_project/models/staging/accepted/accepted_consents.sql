-- Grain: one row per key of consents: its newest accepted version.
{{ accepted('consents') }}
