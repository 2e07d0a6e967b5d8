-- Grain: one row per row of the customers file. Its customer_id is one order's; the
-- person is customer_unique_id, so a person who bought twice comes twice and the later
-- row supersedes.
select {{ contract_row(
    'customers', 'olist', given=['customer_id', 'city', 'region', 'country']
) }}
from (
    select
        _load_id,
        _file_id,
        _record_number,
        customer_unique_id as customer_id,
        customer_city as city,
        customer_state as region,
        'BR' as country
    from {{ source('raw_olist', 'customers') }}
) as renamed
