-- Grain: one row per key of accounts: its newest accepted version.
{{ accepted('accounts') }}
