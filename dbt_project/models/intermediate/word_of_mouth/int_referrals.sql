-- Grain: one row per person who came through another one's word. Attributed by code
-- (the record names who referred), else by link (the channel of acquisition is
-- referral), else by what the person says; only the first names the referrer. Who
-- refers oneself, or somebody of the same account, has told nobody.

with

records as (
    select
        customers.*,
        {{ person_of(['customer_id', 'email', 'phone']) }} as customer_key
    from {{ ref('accepted_customers') }} as customers
    {{ person_joins('customers', ['customer_id', 'email', 'phone']) }}
),

keys as (
    select * from {{ ref('int_customer_keys') }}
),

people as (
    select * from {{ ref('dim_customers') }}
),

records_attributed as (
    select
        records.customer_key,
        keys.customer_key as referrer_key,
        records.created_at,
        records.row_key,
        case
            when records.referred_by_customer_id is not null then 'code'
            when {{ says_referral('records.acquisition_channel') }} then 'link'
            when {{ says_referral('records.how_heard') }} then 'how_heard'
        end as attribution
    from records
    left join keys
        on
            {{ key_of(
                "'crm:' || records.source_system || ':' "
                ~ "|| records.referred_by_customer_id"
            ) }} = keys.node
    where records.customer_key is not null
),

records_ranked as (
    select
        *,
        min(created_at) over (partition by customer_key) as first_created_at,
        row_number() over (
            partition by customer_key
            order by
                case attribution when 'code' then 1 when 'link' then 2 else 3 end asc,
                -- a system that does not know the referrer says less than one that does
                referrer_key is null asc,
                created_at asc nulls last,
                row_key asc
        ) as place
    from records_attributed
    where attribution is not null
),

final as (
    select
        referred.customer_key,
        referred.referrer_key,
        referred.attribution,
        coalesce(referred.first_created_at, person.first_seen_at) as referred_at
    from records_ranked as referred
    inner join people as person on referred.customer_key = person.customer_key
    left join people as referrer on referred.referrer_key = referrer.customer_key
    where
        referred.place = 1
        and not (person.is_test or person.is_employee)
        -- a colleague who sends customers is advertising
        and not coalesce(referrer.is_test or referrer.is_employee, false)
        and coalesce(referred.referrer_key <> referred.customer_key, true)
        and coalesce(referrer.account_key <> person.account_key, true)
)

select * from final
