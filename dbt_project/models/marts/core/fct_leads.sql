-- Grain: one row per lead: a person or firm that showed interest before buying.
{%- set kinds = ['customer_id', 'email', 'phone'] %}

with

leads as (
    select
        leads.*,
        {{ person_of(kinds) }} as customer_key
    from {{ ref('accepted_leads') }} as leads
    {{ person_joins('leads', kinds) }}
),

final as (
    select
        {{ key_of("'leads:' || source_system || ':' || lead_id") }} as lead_key,
        lead_id,
        source_system,
        customer_key,
        created_at,
        origin,
        {{ page_only('landing_page') }} as landing_page,
        qualified_at,
        won_at,
        lost_at,
        -- a lead that was lost and came back was won
        case
            when won_at is not null then 'won'
            when lost_at is not null then 'lost'
            when qualified_at is not null then 'qualified'
            else 'open'
        end as status,
        {{ seconds_between('created_at', 'won_at') }} as seconds_to_win,
        {{ masked('lost_reason') }} as lost_reason,
        lost_to_competitor
    from leads
)

select * from final
