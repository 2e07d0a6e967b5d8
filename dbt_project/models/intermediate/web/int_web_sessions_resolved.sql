-- Grain: one row per web session, with the person it belongs to.
{{ config(materialized='view') }}
{%- set kinds = ['customer_id', 'email', 'anonymous_id'] %}

with

sessions as (
    select * from {{ ref('int_web_sessions') }}
),

final as (
    select
        sessions.*,
        {{ person_of(kinds) }} as customer_key,
        case
            when sessions.device = 'app' then 'app'
            when sessions.device in ('mobile', 'phone', 'smartphone') then 'mobile_web'
            else 'web'
        end as channel
    from sessions
    {{ person_joins('sessions', kinds) }}
)

select * from final
