-- Grain: one row per channel, registered or only met in the data: every contact finds its
-- own.

with

registered as (
    select * from {{ ref('ref_channels') }}
),

used as (
    select
        channel,
        count(*) as contacts,
        max(occurred_at) as last_contact_at
    from {{ ref('fct_touchpoints') }}
    where channel is not null
    group by channel
),

final as (
    select
        coalesce(registered.channel, used.channel) as channel,
        registered.channel_group,
        registered.is_digital,
        registered.is_assisted,
        registered.is_offered,
        registered.channel is not null as is_registered,
        coalesce(used.contacts, 0) as contacts,
        used.last_contact_at
    from registered
    full outer join used on registered.channel = used.channel
)

select * from final
