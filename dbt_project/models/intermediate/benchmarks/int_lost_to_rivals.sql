-- Grain: one row per subscription that ended and per lead that was lost, with the rival
-- it went to, where the source names one, and the reason given.
-- Reasons are free text: masked, and those that few gave are "other".

with

subscriptions as (
    select
        subscriptions.*,
        {{ person_of(['customer_id', 'email']) }} as customer_key
    from {{ ref('accepted_subscriptions') }} as subscriptions
    {{ person_joins('subscriptions', ['customer_id', 'email']) }}
),

leads as (
    select
        leads.*,
        {{ person_of(['customer_id', 'email', 'phone']) }} as customer_key
    from {{ ref('accepted_leads') }} as leads
    {{ person_joins('leads', ['customer_id', 'email', 'phone']) }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

losses as (
    select
        'switched_customers' as kind,
        subscriptions.source_system,
        subscriptions.subscription_id as source_id,
        subscriptions.customer_key,
        subscriptions.ended_at as lost_at,
        subscriptions.switched_to_competitor as rival,
        subscriptions.cancel_reason as reason
    from subscriptions
    cross join as_of
    -- an end that is only announced is none yet
    where subscriptions.ended_at <= as_of.as_of
    union all
    select
        'lost_leads' as kind,
        leads.source_system,
        leads.lead_id as source_id,
        leads.customer_key,
        leads.lost_at,
        leads.lost_to_competitor as rival,
        leads.lost_reason as reason
    from leads
    where leads.lost_at is not null and leads.won_at is null
),

losses_of_people as (
    select
        losses.kind,
        losses.source_system,
        losses.source_id,
        losses.lost_at,
        nullif(trim(losses.rival), '') as rival,
        lower(trim({{ masked('losses.reason') }})) as reason
    from losses
    left join customers on losses.customer_key = customers.customer_key
    where
        customers.customer_key is null
        or not (customers.is_test or customers.is_employee)
),

final as (
    select
        kind,
        source_system,
        source_id,
        lost_at,
        rival,
        case
            when nullif(reason, '') is null then null
            when
                count(*) over (partition by kind, reason) >= {{ var('min_cell') }}
                then reason
            else 'other'
        end as reason
    from losses_of_people
)

select * from final
