-- Grain: one row per order that is due, per order whose time for sending it back is over,
-- and per line of the latter.
-- A system that tells of no delivered quantity, no return or no complaint about the
-- description at all does not record them: its orders count nowhere, not as perfect.
{%- set dimensions = ['channel', 'segment', 'persona', 'country', 'language'] %}

with

orders as (
    select * from {{ ref('fct_orders') }}
),

lines as (
    select * from {{ ref('fct_order_items') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

systems_of_orders as (
    select
        source_system,
        bool_or(returned_at is not null or coalesce(status = 'returned', false))
            as records_returns
    from orders
    group by source_system
),

systems_of_lines as (
    select
        source_system,
        count(delivered_quantity) > 0 as records_quantities,
        coalesce(bool_or(not_as_described), false) as records_descriptions
    from lines
    group by source_system
),

orders_of_people as (
    select
        orders.*,
        customers.segment,
        customers.persona,
        customers.country,
        customers.language,
        systems_of_orders.records_returns,
        coalesce(systems_of_lines.records_quantities, false) as records_quantities,
        coalesce(systems_of_lines.records_descriptions, false) as records_descriptions,
        coalesce(
            orders.is_purchase
            and {{ seconds_between('orders.delivered_at', 'as_of.as_of') }}
            >= {{ var('return_window_days') * 86400 }},
            false
        ) as is_return_window_over
    from orders
    cross join as_of
    inner join systems_of_orders
        on orders.source_system = systems_of_orders.source_system
    left join systems_of_lines
        on orders.source_system = systems_of_lines.source_system
    left join customers on orders.customer_key = customers.customer_key
    where
        customers.customer_key is null
        or not (customers.is_test or customers.is_employee)
),

lines_counted as (
    select
        orders.order_key,
        count(*) filter (where lines.is_in_full is null) as lines_unknown,
        -- a split shipment is on time when its last part is
        count(*) filter (
            where not lines.is_in_full or lines.delivered_at > orders.promised_until
        ) as lines_failed
    from lines
    inner join orders on lines.order_key = orders.order_key
    group by orders.order_key
),

orders_in_full as (
    select
        orders.*,
        case
            when orders.delivered_at is null then 0
            when lines_counted.lines_unknown > 0 then null
            when orders.is_on_time_first_promise and lines_counted.lines_failed = 0
                then 1
            else 0
        end as is_otif
    from orders_of_people as orders
    inner join lines_counted on orders.order_key = lines_counted.order_key
    where orders.is_on_time_first_promise is not null and orders.records_quantities
),

lines_delivered as (
    select
        orders.*,
        lines.not_as_described
    from orders_of_people as orders
    inner join lines on orders.order_key = lines.order_key
    where
        orders.is_return_window_over
        and orders.records_descriptions
        and lines.not_as_described is not null
),

final as (
    select
        {{ metric_unit({
            'measure': "'otif_rate'",
            'person_key': 'coalesce(customer_key, -order_key)',
            'day': local_date('promised_until'),
            'y_main': 'is_otif',
        }, dimensions=dimensions) }}
    from orders_in_full
    where is_otif is not null
    union all
    select
        {{ metric_unit({
            'measure': "'return_rate'",
            'person_key': 'coalesce(customer_key, -order_key)',
            'day': local_date('delivered_at'),
            'y_main': "case
                when " ~ seconds_between('delivered_at', 'returned_at') ~ " <= "
                ~ var('return_window_days') * 86400 ~ " then 1
                when returned_at is null and status = 'returned' then 1
                else 0
            end",
        }, dimensions=dimensions) }}
    from orders_of_people
    where is_return_window_over and records_returns
    union all
    select
        {{ metric_unit({
            'measure': "'not_as_described_rate'",
            'person_key': 'coalesce(customer_key, -order_key)',
            'day': local_date('delivered_at'),
            'y_main': 'case when not_as_described then 1 else 0 end',
        }, dimensions=dimensions) }}
    from lines_delivered
)

select * from final
