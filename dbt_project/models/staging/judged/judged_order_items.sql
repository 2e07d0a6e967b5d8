-- Grain: one row per row of order_items that was ever read, with its verdict.
{{ judged(
    'order_items',
    joins=parents('orders', 'order_id'),
    checks=orphan_check('orders', 'order_id')
) }}
