-- Grain: one row per key of web_events: its newest accepted version.
{{ accepted('web_events') }}
