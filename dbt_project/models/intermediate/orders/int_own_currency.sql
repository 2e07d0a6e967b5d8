-- Grain: one row: the tenant's currency, as set, else the one most orders are paid in.

with

currencies as (
    select
        currency,
        count(*) as orders
    from {{ ref('accepted_orders') }}
    where currency is not null
    group by currency
),

final as (
    select
        {% if var('currency') -%}
        '{{ var("currency") }}' as currency
        {%- else -%}
        (
            select currency
            from currencies
            order by orders desc, currency asc
            limit 1
        ) as currency
        {%- endif %}
)

select * from final
