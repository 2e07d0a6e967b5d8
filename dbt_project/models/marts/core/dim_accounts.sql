-- Grain: one row per account. The name of the organisation is left out: a sole trader's
-- is a person's.

with

accounts as (
    select
        *,
        {{ key_of("'accounts:' || source_system || ':' || account_id") }} as account_key
    from {{ ref('accepted_accounts') }}
),

people as (
    select
        account_key,
        count(*) as people,
        count(*) filter (where status = 'customer') as active_people,
        sum(orders) as orders,
        sum(revenue) as revenue,
        max(last_order_at) as last_order_at
    from {{ ref('dim_customers') }}
    where account_key is not null and not (is_test or is_employee)
    group by account_key
),

final as (
    select
        accounts.account_key,
        accounts.account_id,
        accounts.source_system,
        accounts.industry,
        accounts.country,
        accounts.plan,
        {{ named_key('owner', 'accounts', 'employees', 'owner_employee_id') }}
            as owner_employee_key,
        accounts.created_at,
        -- an account of nobody known has nobody: that is counted, not missing
        cast(coalesce(people.people, 0) as bigint) as people,
        cast(coalesce(people.active_people, 0) as bigint) as active_people,
        cast(coalesce(people.orders, 0) as bigint) as orders,
        cast(people.revenue as decimal(18, 4)) as revenue,
        people.last_order_at
    from accounts
    left join people on accounts.account_key = people.account_key
    {{ named_joins(
        'accounts', 'owner', ref('accepted_employees'), 'employee_id',
        id='owner_employee_id'
    ) }}
)

select * from final
