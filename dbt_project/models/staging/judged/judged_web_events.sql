-- Grain: one row per row of web_events that was ever read, with its verdict.
{{ judged('web_events') }}
