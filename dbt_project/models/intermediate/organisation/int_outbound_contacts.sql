-- Grain: one row per contact that the brand sought with a person: messages, calls,
-- visits and survey invitations, whichever team sent them. A delivery is what was
-- ordered, not a contact that was sought.

with

touchpoints as (
    select * from {{ ref('fct_touchpoints') }}
    where direction = 'outbound' and source_entity <> 'deliveries'
),

invitations as (
    select * from {{ ref('fct_survey_invitations') }}
    where sent_at is not null and bounced_at is null
),

customers as (
    select * from {{ ref('dim_customers') }}
    where is_known and not (is_test or is_employee)
),

contacts as (
    select
        touchpoint_id as contact_key,
        customer_key,
        occurred_at as contacted_at,
        -- a system that names no team still says what the contact was
        coalesce(team, touchpoint) as team
    from touchpoints
    union all
    select
        invitation_key as contact_key,
        customer_key,
        sent_at as contacted_at,
        'survey' as team
    from invitations
),

contacts_of_customers as (
    select contacts.*
    from contacts
    inner join customers on contacts.customer_key = customers.customer_key
),

-- The second of two contacts by different teams within 48 hours is the clash.
contacts_clashing as (
    select later.contact_key
    from contacts_of_customers as later
    inner join contacts_of_customers as earlier
        on
            later.customer_key = earlier.customer_key
            and later.team <> earlier.team
            and later.contacted_at - interval '{{ var("contact_clash_hours") }}' hour
            <= earlier.contacted_at
            and (
                later.contacted_at > earlier.contacted_at
                or (
                    later.contacted_at = earlier.contacted_at
                    and later.contact_key > earlier.contact_key
                )
            )
    group by later.contact_key
),

final as (
    select
        contacts.contact_key,
        contacts.customer_key,
        contacts.contacted_at,
        contacts.team,
        clashing.contact_key is not null as is_clash
    from contacts_of_customers as contacts
    left join contacts_clashing as clashing
        on contacts.contact_key = clashing.contact_key
)

select * from final
