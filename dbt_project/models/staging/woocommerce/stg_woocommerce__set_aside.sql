-- Grain: one row per record that is no row of its own: refunds, which are read with
-- their orders, and drafts, which are no orders yet.
with

records as (
    select
        _load_id,
        _file_id,
        _record_number,
        'joined' as reason
    from {{ source('raw_woocommerce', 'refunds') }}
    {%- for table in ['orders', 'trashed_orders'] %}
    union all
    select
        _load_id,
        _file_id,
        _record_number,
        'draft' as reason
    from {{ source('raw_woocommerce', table) }}
    where {{ in_record('status') }} in ('checkout-draft', 'auto-draft')
    {%- endfor %}
)

select {{ set_aside_row('woocommerce') }}
from records
