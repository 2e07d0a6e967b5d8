-- Grain: one row per order by which a shop tries out its checkout.
with

tests as (
    select
        *,
        'test' as reason
    from {{ source('raw_shopify', 'orders') }}
    where {{ in_record('test') }} = 'true'
)

select {{ set_aside_row('shopify') }}
from tests
