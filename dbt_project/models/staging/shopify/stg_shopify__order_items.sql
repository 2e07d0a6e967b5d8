-- Grain: one row per line and version of its order. A line never leaves its order; its
-- own id is its number.
with

orders as (
    {{ shopify_orders() }}
),

lines as (
    select
        *,
        {{ first_of([json_text('meta', 'order_id'), 'order_number']) }} as order_id,
        {{ json_elements_in_order(in_record('line_items')) }}
    from orders
),

returned_lines as (
    {{ shopify_returned_lines() }}
),

returned as (
    select
        _file_id,
        _record_number,
        line_id,
        cast(sum(quantity) as varchar) as returned_quantity
    from returned_lines
    group by _file_id, _record_number, line_id
),

lines_told as (
    select
        lines._load_id,
        lines._file_id,
        lines._record_number,
        lines.source_system,
        lines.record,
        lines.order_id,
        lines.element as line,
        lines.place,
        returned.returned_quantity,
        {{ object_of_entries(json_text('lines.element', 'properties'), key='name') }}
            as meta
    from lines
    left join returned
        on
            lines._file_id = returned._file_id
            and lines._record_number = returned._record_number
            and {{ json_text('lines.element', 'id') }} = returned.line_id
)

select {{ contract_row('order_items', 'shopify', row_in_record='place', given=(
    given_or_meta('order_items', {
        'order_id': 'order_id',
        'line_number': json_text('line', 'id'),
        'source_system': 'source_system',
        'product_id': json_text('line', 'product_id'),
        'quantity': json_text('line', 'quantity'),
        'unit_price': json_text('line', 'price'),
        'returned_quantity': 'returned_quantity',
        'updated_at': in_record('updated_at'),
    })
)) }}
from lines_told
