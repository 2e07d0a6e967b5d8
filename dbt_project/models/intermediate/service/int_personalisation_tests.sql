-- Grain: one row per campaign and known person who was drawn for its personal message
-- or for the hold-out, and whose window is over; what the person then did.
-- Who was drawn counts, not who got what: a personal message that went wrong is part of
-- personalising. A campaign that used no fact about anybody tests something else.
{%- set window = var('experiment_window_days') * 86400 %}

with

contacts as (
    select
        customer_key,
        coalesce(campaign_id, 'unknown') as campaign_id,
        occurred_at,
        is_personalised,
        replace(replace(lower(trim(experiment_group)), '-', ''), '_', '')
        in ('holdout', 'control') as is_hold_out
    from {{ ref('int_interactions_resolved') }}
    where
        direction = 'outbound'
        and experiment_group is not null
        and customer_key is not null
),

orders as (
    select
        customer_key,
        ordered_at
    from {{ ref('fct_orders') }}
    where is_purchase and customer_key is not null
),

withdrawals as (
    select
        customer_key,
        changed_at
    from {{ ref('int_marketing_consents') }}
    where not granted
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

people as (
    select
        campaign_id,
        customer_key,
        min(occurred_at) as contacted_at,
        bool_and(is_hold_out) as is_hold_out,
        -- drawn for both: in neither
        bool_or(is_hold_out) and not bool_and(is_hold_out) as is_mixed
    from contacts
    group by campaign_id, customer_key
),

-- of a campaign without both groups nothing can be compared
campaigns as (
    select campaign_id
    from contacts
    group by campaign_id
    having
        bool_or(is_hold_out)
        and bool_or(not is_hold_out and coalesce(is_personalised, false))
),

people_followed as (
    select people.*
    from people
    inner join campaigns on people.campaign_id = campaigns.campaign_id
    cross join as_of
    where {{ seconds_between('people.contacted_at', 'as_of.as_of') }} >= {{ window }}
),

{% for deeds, at in [('orders', 'ordered_at'), ('withdrawals', 'changed_at')] -%}
{{ deeds }}_within as (
    select
        people.campaign_id,
        people.customer_key
    from people_followed as people
    inner join {{ deeds }}
        on
            people.customer_key = {{ deeds }}.customer_key
            and people.contacted_at < {{ deeds }}.{{ at }}
    where
        {{ seconds_between('people.contacted_at', deeds ~ '.' ~ at) }} <= {{ window }}
    group by people.campaign_id, people.customer_key
),

{% endfor -%}
final as (
    select
        people.campaign_id,
        people.customer_key,
        people.contacted_at,
        people.is_hold_out,
        people.is_mixed,
        orders_within.customer_key is not null as has_purchased,
        withdrawals_within.customer_key is not null as has_opted_out
    from people_followed as people
    {%- for deeds in ['orders_within', 'withdrawals_within'] %}
    left join {{ deeds }}
        on
            people.campaign_id = {{ deeds }}.campaign_id
            and people.customer_key = {{ deeds }}.customer_key
    {%- endfor %}
)

select * from final
