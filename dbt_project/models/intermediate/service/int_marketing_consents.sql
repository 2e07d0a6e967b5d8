-- Grain: one row per word of a person on marketing, the last one marked.

with

consents as (
    select
        consents.*,
        {{ person_of(['customer_id']) }} as customer_key
    from {{ ref('accepted_consents') }} as consents
    {{ person_joins('consents', ['customer_id']) }}
    where consents.purpose = 'marketing'
),

final as (
    select
        consents.customer_key,
        consents.granted,
        consents.changed_at,
        row_number() over (
            partition by consents.customer_key
            order by consents.changed_at desc, consents.row_key desc
        ) = 1 as is_last
    from consents
    inner join {{ ref('dim_customers') }} as customers
        on consents.customer_key = customers.customer_key
    where not (customers.is_test or customers.is_employee)
)

select * from final
