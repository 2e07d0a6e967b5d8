-- Grain: one row per service contact, with what it cost in the tenant's currency. A
-- cost that the source recorded is the cost of the work; else it is the recorded time,
-- or the usual time of the channel, at the loaded rate. The two are never added: that
-- would pay the same call twice. Null where neither is known.

with

contacts as (
    select * from {{ ref('int_service_contacts') }}
),

tickets as (
    select * from {{ ref('int_tickets_served') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
    -- what the customer keeps and got money back for; a return or a cancellation undoes
    -- the sale, and is no service
    where is_purchase and returned_at is null and refund_amount > 0
),

rates as (
    select * from {{ ref('ref_cost_rates') }}
),

-- The same money is often on the ticket and on its order: the order's counts.
ticket_refunds as (
    select
        tickets.ticket_key,
        tickets.refund_amount
    from tickets
    {{ named_joins(
        'tickets', 'order', ref('accepted_orders'), 'order_id', id='related_order_id'
    ) }}
    left join orders
        on
            {{ named_system('order') }} = orders.source_system
            and tickets.related_order_id = orders.order_id
    where tickets.refund_amount > 0 and orders.order_id is null
),

contacts_worked as (
    select
        contact_key,
        issue_key,
        customer_key,
        occurred_at,
        channel,
        duration_seconds,
        cost
    from contacts
    union all
    -- no contact of the customer's, but work for one
    select
        ticket_key,
        null,
        customer_key,
        created_at,
        channel,
        null,
        null
    from tickets
    where not is_from_customer
),

final as (
    select
        contacts.contact_key,
        contacts.issue_key,
        contacts.customer_key,
        contacts.occurred_at,
        contacts.channel,
        1 as contacts,
        case
            when contacts.cost is null and rates.channel is null then 1
            else 0
        end as contacts_without_rate,
        cast(
            round(
                coalesce(
                    contacts.cost,
                    coalesce(
                        contacts.duration_seconds / 60.0e0, rates.minutes_per_contact
                    )
                    * rates.rate_per_hour
                    / 60
                ), 4
            ) as decimal(18, 4)
        ) as work_cost,
        cast(round(rates.tool_cost_per_contact, 4) as decimal(18, 4)) as tool_cost,
        ticket_refunds.refund_amount as refund_cost
    from contacts_worked as contacts
    left join rates on contacts.channel = rates.channel
    left join ticket_refunds on contacts.contact_key = ticket_refunds.ticket_key
    union all
    select
        order_key,
        null,
        customer_key,
        ordered_at,
        channel,
        0,
        0,
        null,
        null,
        refund_amount
    from orders
)

select * from final
