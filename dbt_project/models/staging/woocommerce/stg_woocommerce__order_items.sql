-- Grain: one row per line and version of its order. A line's own id is its number: its
-- place changes when a line before it is taken out. A line that a version no longer has
-- is withdrawn there.
with

orders as (
    {{ woocommerce_orders() }}
),

refunds as (
    {{ woocommerce_refunds() }}
),

exploded as (
    select
        *,
        {{ json_elements(json_text('record', 'line_items')) }} as line
    from orders
),

lines as (
    select
        *,
        {{ json_text('line', 'id') }} as line_id,
        {{ first_of([json_text('meta', 'order_id'), 'order_number']) }} as order_id
    from exploded
),

lines_last_seen as (
    select
        source_system,
        order_number,
        line_id,
        max({{ ordered_pair('_file_id', '_record_number') }}) as last_seen,
        max_by(line, {{ ordered_pair('_file_id', '_record_number') }}) as last_line
    from lines
    group by source_system, order_number, line_id
),

lines_gone as (
    select
        orders.*,
        lines_last_seen.last_line as line,
        lines_last_seen.line_id,
        {{ first_of([json_text('orders.meta', 'order_id'), 'orders.order_number']) }}
            as order_id
    from orders
    inner join lines_last_seen
        on
            orders.source_system = lines_last_seen.source_system
            and orders.order_number = lines_last_seen.order_number
            and {{ ordered_pair('orders._file_id', 'orders._record_number') }}
            > lines_last_seen.last_seen
),

lines_of_versions as (
    select
        *,
        status_told = 'trash' as is_gone
    from lines
    union all
    select
        *,
        true as is_gone
    from lines_gone
),

returned as (
    select
        _file_id,
        _record_number,
        line_id,
        cast(sum(quantity) as varchar) as returned_quantity
    from refunds
    where line_id is not null
    group by _file_id, _record_number, line_id
),

lines_told as (
    select
        lines_of_versions._load_id,
        lines_of_versions._file_id,
        lines_of_versions._record_number,
        lines_of_versions.source_system,
        lines_of_versions.order_id,
        lines_of_versions.line_id,
        lines_of_versions.line,
        lines_of_versions.modified_at,
        lines_of_versions.is_gone,
        returned.returned_quantity,
        {{ object_of_entries(json_text('lines_of_versions.line', 'meta_data')) }}
            as meta,
        row_number() over (
            partition by
                lines_of_versions._file_id, lines_of_versions._record_number
            order by lines_of_versions.line_id
        ) - 1 as place
    from lines_of_versions
    left join returned
        on
            lines_of_versions._file_id = returned._file_id
            and lines_of_versions._record_number = returned._record_number
            and lines_of_versions.line_id = returned.line_id
)

select {{ contract_row('order_items', 'woocommerce', row_in_record='place', given=(
    woocommerce_or_meta('order_items', {
        'order_id': 'order_id',
        'line_number': 'line_id',
        'source_system': 'source_system',
        'product_id': json_text('line', 'product_id'),
        'quantity': json_text('line', 'quantity'),
        'unit_price': json_text('line', 'price'),
        'returned_quantity': 'returned_quantity',
        'updated_at': 'modified_at',
        'is_deleted': "case when is_gone then 'true' end",
    })
)) }}
from lines_told
