-- Grain: one row per order, which counts below the line, and one per complaint, which
-- counts above it alone: its weight is 0. Orders count from 90 days before the first
-- recorded service contact: nobody complains before the first order, and of long before
-- the record nobody can be said not to have complained.
{%- set dimensions = ['segment', 'persona', 'country', 'language'] %}

with

orders as (
    select * from {{ ref('fct_orders') }}
),

complaints as (
    select * from {{ ref('int_complaints') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

service_recorded as (
    select
        cast(
            min({{ local_date('created_at') }})
            - interval '{{ var('service_lead_days') }}' day as date
        ) as first_day
    from {{ ref('int_tickets_served') }}
),

orders_of_people as (
    select
        orders.customer_key,
        orders.order_key,
        {{ local_date('orders.ordered_at') }} as day,
        customers.segment,
        customers.persona,
        customers.country,
        customers.language
    from orders
    cross join service_recorded
    left join customers on orders.customer_key = customers.customer_key
    where
        {{ local_date('orders.ordered_at') }} >= service_recorded.first_day
        and (
            customers.customer_key is null
            or not (customers.is_test or customers.is_employee)
        )
),

final as (
    select
        {{ metric_unit({
            'measure': "'complaint_rate'",
            'person_key': 'coalesce(customer_key, -order_key)',
            'day': 'day',
            'y_main': '0',
        }, dimensions=dimensions) }}
    from orders_of_people
    union all
    select
        {{ metric_unit({
            'measure': "'complaint_rate'",
            'person_key': 'coalesce(customer_key, -complaint_key)',
            'day': local_date('occurred_at'),
            'weight': '0',
            'y_main': '1',
        }, dimensions=dimensions) }}
    from complaints
)

select * from final
