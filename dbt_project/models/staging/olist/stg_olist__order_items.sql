-- Grain: one row per row of the order items file: one piece of one product of one
-- seller.
with

items as (
    select * from {{ source('raw_olist', 'order_items') }}
),

products as (
    select
        product_id,
        product_category_name
    from {{ newest_rows(source('raw_olist', 'products'), 'product_id') }}
),

translations as (
    select
        product_category_name,
        product_category_name_english
    from {{ newest_rows(
        source('raw_olist', 'product_category_name_translation'),
        'product_category_name'
    ) }}
),

renamed as (
    select
        items._load_id,
        items._file_id,
        items._record_number,
        items.order_id,
        items.order_item_id as line_number,
        items.product_id,
        coalesce(
            translations.product_category_name_english, products.product_category_name
        ) as product_category,
        items.seller_id,
        '1' as quantity,
        items.price as unit_price,
        items.freight_value as shipping_cost
    from items
    left join products on items.product_id = products.product_id
    left join translations
        on products.product_category_name = translations.product_category_name
)

select {{ contract_row('order_items', 'olist', given=[
    'order_id', 'line_number', 'product_id', 'product_category', 'seller_id',
    'quantity',
    'unit_price', 'shipping_cost',
]) }}
from renamed
