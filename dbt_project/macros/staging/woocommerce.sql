-- WooCommerce's own ways of writing (source woocommerce).

-- A time named `_gmt` is UTC and does not say so.
{% macro woocommerce_time(path) -%} nullif({{ in_record(path) }}, '') || 'Z' {%- endmacro %}

-- What a record gives, where no field of the shop's own, in the column `meta`, bears the name of
-- the column.
{% macro woocommerce_or_meta(entity, given) -%}
    {%- set made = {} -%}
    {%- for column in contract_columns(entity) -%}
        {%- set told = given.get(column.name, 'null') -%}
        {%- if column.name in ['source_system', 'updated_at', 'is_deleted'] -%}
            {%- do made.update({column.name: told}) -%}
        {%- else -%}
            {%- do made.update({column.name: first_of([json_text('meta', column.name), told])}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(made) }}
{%- endmacro %}

-- Every version of an order, whether it was in the trash or not, with the fields of its own and
-- the company's id of it. A draft is a cart at the checkout: no order yet.
{% macro woocommerce_orders() -%}
    select
        *,
        {{ object_of_entries(json_text('record', 'meta_data')) }} as meta,
        {{ in_record('id') }} as order_number,
        {{ in_record('status') }} as status_told,
        {{ woocommerce_time('date_modified_gmt') }} as modified_at
    from (
        select * from {{ source('raw_woocommerce', 'orders') }}
        union all
        select * from {{ source('raw_woocommerce', 'trashed_orders') }}
    ) as versions
    where {{ in_record('status') }} not in ('checkout-draft', 'auto-draft')
{%- endmacro %}

-- What was refunded of each version of an order: one row per refund that the version names, and
-- line that was given back in it. A refund of an amount alone has one row, without a line.
{% macro woocommerce_refunds() -%}
    select
        named.source_system,
        named._file_id,
        named._record_number,
        named.order_number,
        named.status_told,
        {{ json_text('named.refund', 'id') }} as refund_id,
        {{ json_text('named.refund', 'reason') }} as reason,
        abs(try_cast({{ json_text('named.refund', 'total') }} as decimal(18, 4))) as amount,
        told.refunded_at,
        told.line_id,
        told.quantity,
        row_number() over (
            partition by
                named._file_id, named._record_number, {{ json_text('named.refund', 'id') }}
            order by told.line_id asc nulls last
        ) = 1 as is_first_of_refund
    from (
        select
            *,
            {{ json_elements(json_text('record', 'refunds')) }} as refund
        from ({{ woocommerce_orders() }}) as orders
    ) as named
    left join (
        select
            source_system,
            refund_id,
            refunded_at,
            {{ json_text(object_of_entries(json_text('line', 'meta_data')), '_refunded_item_id') }}
                as line_id,
            abs(try_cast({{ json_text('line', 'quantity') }} as double)) as quantity
        from (
            select
                source_system,
                {{ in_record('id') }} as refund_id,
                {{ woocommerce_time('date_created_gmt') }} as refunded_at,
                {{ json_elements(
                    "coalesce(nullif(" ~ in_record('line_items') ~ ", '[]'), '[null]')"
                ) }} as line
            from {{ newest_rows(
                source('raw_woocommerce', 'refunds'), 'source_system, ' ~ in_record('id')
            ) }}
        ) as refunded_lines
    ) as told
        on
            named.source_system = told.source_system
            and {{ json_text('named.refund', 'id') }} = told.refund_id
{%- endmacro %}

-- Whose account an order is of: the customer's own id where the company gives one.
{% macro woocommerce_customers() -%}
    select
        source_system,
        {{ in_record('id') }} as account_number,
        {{ first_of([
            json_text(object_of_entries(json_text('record', 'meta_data')), 'customer_id'),
            in_record('id'),
        ]) }} as customer_id
    from {{ newest_rows(
        source('raw_woocommerce', 'customers'), 'source_system, ' ~ in_record('id')
    ) }}
{%- endmacro %}

-- The contract's status; one of the shop's own stays as it is. A payment that failed bought
-- nothing, and who completes an order has handed the goods over.
{% macro woocommerce_status() -%}
    case status_told
        when 'pending' then 'created'
        when 'on-hold' then 'created'
        when 'processing' then 'paid'
        when 'completed' then 'delivered'
        when 'refunded' then 'returned'
        when 'failed' then 'cancelled'
        else nullif(status_told, 'trash')
    end
{%- endmacro %}
