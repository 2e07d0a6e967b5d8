-- Grain: one row per hit that is no event: what a page fetches by itself, redirects and
-- parts of a file, other methods.
with

hits as (
    {{ hits_named() }}
)

select {{ set_aside_row('web_server_log') }}
from hits
where reason is not null
