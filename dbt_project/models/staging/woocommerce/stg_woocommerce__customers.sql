-- Grain: one row per version of an account of the shop. One that never changed has the
-- time of its making as that of its change.
with

customers as (
    select
        *,
        {{ object_of_entries(in_record('meta_data')) }} as meta
    from {{ source('raw_woocommerce', 'customers') }}
)

select {{ contract_row('customers', 'woocommerce', woocommerce_or_meta('customers', {
    'customer_id': in_record('id'),
    'source_system': 'source_system',
    'email': first_of([in_record('email'), in_record('billing.email')]),
    'phone': in_record('billing.phone'),
    'created_at': woocommerce_time('date_created_gmt'),
    'updated_at': woocommerce_time('date_modified_gmt'),
    'country': in_record('billing.country'),
    'region': in_record('billing.state'),
    'city': in_record('billing.city'),
    'is_employee': "case when " ~ in_record('role') ~ " in ('administrator', 'shop_manager', "
        ~ "'editor', 'author', 'contributor') then 'true' end",
})) }}
from customers
