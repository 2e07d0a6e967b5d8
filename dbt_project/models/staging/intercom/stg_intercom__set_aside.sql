-- Grain: one row per record that is no row of its own: teams, which are read with those
-- who belong to them.
select {{ set_aside_row('intercom', reason="'joined'") }}
from {{ source('raw_intercom', 'teams') }}
