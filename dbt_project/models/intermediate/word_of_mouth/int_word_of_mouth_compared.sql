-- Grain: one row per metric and member, of the rates that are there to be compared:
-- leads by whether they were referred, deeds by what was said before. Answers of few
-- are hidden (metrics.md 2.0): where one member is hidden alone, so is the next
-- smallest.
{%- set mature_days = 90 %}

with

customers as (
    select
        *,
        is_test or is_employee as is_own_person
    from {{ ref('dim_customers') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

-- Sorted by what was known when the lead came: that its person was referred is known of
-- those who were won, because they were won.
leads as (
    select
        {{ says_referral('leads.origin') }} as is_referred,
        coalesce(leads.seconds_to_win <= {{ mature_days }} * 86400, false) as is_won,
        leads.created_at
    from {{ ref('fct_leads') }} as leads
    left join customers on leads.customer_key = customers.customer_key
    cross join as_of
    where
        leads.origin is not null
        and not coalesce(customers.is_own_person, false)
        and {{ seconds_between('leads.created_at', 'as_of.as_of') }}
        >= {{ mature_days }} * 86400
),

deeds as (
    select * from {{ ref('int_said_and_did') }}
),

counted as (
    select
        'lead_conversion_rate' as metric,
        'referred' as dimension,
        case when is_referred then 'referred' else 'others' end as member,
        {{ mature_days }} as window_days,
        {{ local_date('min(created_at)') }} as first_day,
        count(*) filter (where is_won) as done,
        count(*) as n,
        false as is_answer
    from leads
    group by case when is_referred then 'referred' else 'others' end
    union all
    select
        metric,
        'said' as dimension,
        category as member,
        window_days,
        {{ local_date('min(responded_at)') }} as first_day,
        count(*) filter (where is_done) as done,
        count(*) as n,
        true as is_answer
    from deeds
    group by metric, category, window_days
),

judged as (
    select
        *,
        is_answer and n < {{ var('min_cell') }} as is_small,
        row_number() over (
            partition by metric
            order by n asc, member asc
        ) as place,
        count(*) filter (where is_answer and n < {{ var('min_cell') }}) over (
            partition by metric
        ) as small_members
    from counted
),

final as (
    select
        metric,
        dimension,
        member,
        window_days,
        min(first_day) over (partition by metric) as first_day,
        done,
        n,
        -- the small ones come first, so the next smallest is the second
        is_small or (small_members = 1 and place = 2) as is_suppressed
    from judged
)

select * from final
