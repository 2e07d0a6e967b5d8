-- Grain: one row per person, with what the CRM says of them; anonymous visitors have
-- none of it.

with

customer_keys as (
    select * from {{ ref('int_customer_keys') }}
),

nodes as (
    select * from {{ ref('int_identity_nodes') }}
),

customers as (
    select
        customers.*,
        {{ person_of(['customer_id', 'email', 'phone']) }} as customer_key
    from {{ ref('accepted_customers') }} as customers
    {{ person_joins('customers', ['customer_id', 'email', 'phone']) }}
),

mentions as (
    select * from {{ ref('int_person_mentions') }}
),

people as (
    select
        customer_keys.customer_key,
        bool_or(nodes.id_type <> 'anonymous_id') as is_known,
        min(nodes.first_seen_at) as first_seen_at,
        min(nodes.id_text) filter (where nodes.id_type = 'email') as email_text
    from customer_keys
    inner join nodes on customer_keys.node = nodes.node
    group by customer_keys.customer_key
),

-- In how many of the places that name people a person was met.
places as (
    select
        customer_keys.customer_key,
        count(distinct mentions.source_system || ':' || mentions.source_entity)
            as systems_known_in
    from mentions
    inner join customer_keys
        on
            coalesce(
                mentions.customer_id_node, mentions.email_node,
                mentions.phone_node, mentions.anonymous_id_node
            ) = customer_keys.node
    group by customer_keys.customer_key
),

-- Of several CRM records of one person the one changed last speaks; a flag on any of
-- them holds.
flags as (
    select
        customer_key,
        bool_or(coalesce(is_test, false)) as is_test,
        bool_or(coalesce(is_employee, false)) as is_employee
    from customers
    where customer_key is not null
    group by customer_key
),

profiles as (
    select *
    from customers
    where customer_key is not null
    qualify row_number() over (
        partition by customer_key
        order by updated_at desc nulls last, row_key desc
    ) = 1
),

final as (
    select
        people.customer_key,
        people.is_known,
        people.first_seen_at,
        people.email_text,
        places.systems_known_in,
        profiles.source_system,
        profiles.account_id,
        profiles.country,
        profiles.region,
        profiles.city,
        profiles.language,
        profiles.gender,
        profiles.segment,
        profiles.acquisition_channel,
        profiles.preferred_channel,
        profiles.consent_survey,
        coalesce(flags.is_test, false) as is_test,
        coalesce(flags.is_employee, false) as is_employee
    from people
    left join places on people.customer_key = places.customer_key
    left join profiles on people.customer_key = profiles.customer_key
    left join flags on people.customer_key = flags.customer_key
)

select * from final
