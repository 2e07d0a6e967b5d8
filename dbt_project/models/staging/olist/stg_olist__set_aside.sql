-- Grain: one row per record that is no row of its own: what is read with the record
-- that it belongs to, what belongs to none that was read, and sellers, whom nothing
-- asks about.
with

records as (
    select
        _load_id,
        _file_id,
        _record_number,
        case
            when
                order_id in (select order_id from {{ source('raw_olist', 'orders') }})
                then 'joined'
            else 'without_record'
        end as reason
    from {{ source('raw_olist', 'order_payments') }}
    union all
    select
        _load_id,
        _file_id,
        _record_number,
        case
            when
                mql_id in (
                    select mql_id
                    from {{ source('raw_olist', 'marketing_qualified_leads') }}
                )
                then 'joined'
            else 'without_record'
        end as reason
    from {{ source('raw_olist', 'closed_deals') }}
    {%- for table in ['products', 'product_category_name_translation'] %}
    union all
    select
        _load_id,
        _file_id,
        _record_number,
        'joined' as reason
    from {{ source('raw_olist', table) }}
    {%- endfor %}
    union all
    select
        _load_id,
        _file_id,
        _record_number,
        'unused' as reason
    from {{ source('raw_olist', 'sellers') }}
)

select {{ set_aside_row('olist') }}
from records
