-- Grain: one row per key of order_items: its newest accepted version.
{{ accepted('order_items', parent='orders', key='order_id') }}
