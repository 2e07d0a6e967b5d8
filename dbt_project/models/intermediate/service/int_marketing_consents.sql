-- Grain: one row per person whose word on marketing is on record, with the last one.

with

consents as (
    select
        consents.*,
        {{ person_of(['customer_id']) }} as customer_key
    from {{ ref('accepted_consents') }} as consents
    {{ person_joins('consents', ['customer_id']) }}
    where consents.purpose = 'marketing'
),

consents_ranked as (
    select
        consents.customer_key,
        consents.granted,
        row_number() over (
            partition by consents.customer_key
            order by consents.changed_at desc, consents.row_key desc
        ) as place
    from consents
    inner join {{ ref('dim_customers') }} as customers
        on consents.customer_key = customers.customer_key
    where not (customers.is_test or customers.is_employee)
),

final as (
    select
        customer_key,
        granted
    from consents_ranked
    where place = 1
)

select * from final
