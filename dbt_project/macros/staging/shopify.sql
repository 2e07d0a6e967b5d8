-- Shopify's own ways of writing (source shopify).

-- Every version of an order that was meant: not those by which a shop tries out its checkout.
{% macro shopify_orders() -%}
    select
        *,
        {{ object_of_entries(in_record('note_attributes'), key='name') }} as meta,
        {{ in_record('id') }} as order_number,
        {{ in_record('financial_status') }} as money_told,
        {{ in_record('fulfillment_status') }} as goods_told
    from {{ source('raw_shopify', 'orders') }}
    where coalesce({{ in_record('test') }}, 'false') <> 'true'
{%- endmacro %}

-- The refunds that each version of an order names.
{% macro shopify_refunds() -%}
    select
        *,
        {{ json_elements(in_record('refunds')) }} as refund
    from ({{ shopify_orders() }}) as orders
{%- endmacro %}

-- The lines that each version of an order says were sent back; what was taken off the order
-- before it was sent, or paid back without coming back, was not.
{% macro shopify_returned_lines() -%}
    select
        _file_id,
        _record_number,
        {{ json_text('refund', 'created_at') }} as returned_at,
        {{ json_text('refund', 'note') }} as note,
        {{ json_text('refunded', 'line_item_id') }} as line_id,
        try_cast({{ json_text('refunded', 'quantity') }} as double) as quantity
    from (
        select
            *,
            {{ json_elements(json_text('refund', 'refund_line_items')) }} as refunded
        from ({{ shopify_refunds() }}) as refunds
    ) as refunded_lines
    where {{ json_text('refunded', 'restock_type') }} = 'return'
{%- endmacro %}

-- Money that was given back, by version of an order, in the shop's currency: a payment may be in
-- that of the customer, at the rate of the order. What failed, or waits, was not given back.
{% macro shopify_money_back() -%}
    select
        _file_id,
        _record_number,
        cast(cast(sum(
            try_cast({{ json_text('payment', 'amount') }} as double) * case
                when
                    {{ json_text('payment', 'currency') }} is null
                    or {{ json_text('payment', 'currency') }} = {{ in_record('currency') }}
                    then 1
                else
                    try_cast({{ in_record('total_price') }} as double) / nullif(
                        try_cast({{ in_record(
                            'total_price_set.presentment_money.amount'
                        ) }} as double),
                        0
                    )
            end
        ) as decimal(18, 4)) as varchar) as refund_amount
    from (
        select
            *,
            {{ json_elements(json_text('refund', 'transactions')) }} as payment
        from ({{ shopify_refunds() }}) as refunds
    ) as payments
    where
        {{ json_text('payment', 'kind') }} = 'refund'
        and {{ json_text('payment', 'status') }} = 'success'
    group by _file_id, _record_number
{%- endmacro %}

-- What was sent, by version of an order: when first, and whether all of it has arrived.
{% macro shopify_deliveries() -%}
    select
        _file_id,
        _record_number,
        min_by(
            {{ json_text('delivery', 'created_at') }},
            {{ utc_timestamp(json_text('delivery', 'created_at')) }}
        ) as shipped_at,
        bool_and(coalesce({{ json_text('delivery', 'shipment_status') }}, '') = 'delivered')
            as has_arrived
    from (
        select
            *,
            {{ json_elements(in_record('fulfillments')) }} as delivery
        from ({{ shopify_orders() }}) as orders
    ) as deliveries
    where coalesce({{ json_text('delivery', 'status') }}, 'success') = 'success'
    group by _file_id, _record_number
{%- endmacro %}

-- The contract's status (docs/DECISIONS.md); what Shopify adds one day stays as it is.
{% macro shopify_status() -%}
    case
        when {{ in_record('cancelled_at') }} is not null then 'cancelled'
        when returned_at is not null and money_told = 'refunded' then 'returned'
        when goods_told = 'fulfilled' and has_arrived then 'delivered'
        when goods_told = 'fulfilled' then 'shipped'
        when money_told in ('refunded', 'voided', 'expired') then 'cancelled'
        when money_told in ('paid', 'partially_refunded') then 'paid'
        when money_told in ('pending', 'authorized', 'partially_paid') then 'created'
        else money_told
    end
{%- endmacro %}
