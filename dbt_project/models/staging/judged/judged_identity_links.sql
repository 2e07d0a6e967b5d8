-- Grain: one row per row of identity_links that was ever read, with its verdict.
{{ judged('identity_links') }}
