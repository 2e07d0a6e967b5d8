-- Grain: one row per key of identity_links: its newest accepted version.
{{ accepted('identity_links') }}
