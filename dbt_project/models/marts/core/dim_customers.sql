-- Grain: one row per person, prospects and anonymous visitors too.

with

people as (
    select * from {{ ref('int_people_profiled') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

purchases as (
    select
        customer_key,
        min(ordered_at) as became_customer_at,
        max(ordered_at) as last_order_at,
        count(*) as orders,
        sum(amount - coalesce(refund_amount, 0)) as revenue
    from {{ ref('fct_orders') }}
    where is_purchase and customer_key is not null
    group by customer_key
),

tickets as (
    select
        customer_key,
        count(*) as tickets
    from {{ ref('fct_tickets') }}
    where customer_key is not null
    group by customer_key
),

contacts as (
    select
        customer_key,
        max(occurred_at) as last_contact_at,
        count(*) filter (where source_entity = 'web_sessions') as sessions
    from {{ ref('fct_touchpoints') }}
    where customer_key is not null
    group by customer_key
),

answers as (
    select
        customer_key,
        count(distinct source_system || ':' || response_id) as responses,
        max(responded_at) as last_response_at,
        max_by(score, answered) filter (where metric = 'nps' and is_own_score)
            as last_nps,
        max_by(score, answered) filter (where metric = 'csat' and is_own_score)
            as last_csat,
        max_by(score, answered) filter (where metric = 'ces' and is_own_score)
            as last_ces
    from (
        select
            *,
            is_headline
            and not is_duplicate
            and score is not null
            and not coalesce(is_not_applicable, false)
            and coalesce(submitted_by, 'customer') = 'customer' as is_own_score,
            -- a tie in time goes to the answer read last
            {{ ordered_pair('responded_at', 'row_key') }} as answered
        from {{ ref('int_survey_responses_scored') }}
        where customer_key is not null and scope <> 'benchmark'
    ) as answers_timed
    group by customer_key
),

people_active as (
    select
        people.*,
        purchases.became_customer_at,
        purchases.last_order_at,
        coalesce(purchases.orders, 0) as orders,
        purchases.revenue,
        coalesce(tickets.tickets, 0) as tickets,
        coalesce(contacts.sessions, 0) as sessions,
        coalesce(answers.responses, 0) as responses,
        greatest(contacts.last_contact_at, answers.last_response_at)
            as last_activity_at,
        answers.last_nps,
        answers.last_csat,
        answers.last_ces
    from people
    left join purchases on people.customer_key = purchases.customer_key
    left join tickets on people.customer_key = tickets.customer_key
    left join contacts on people.customer_key = contacts.customer_key
    left join answers on people.customer_key = answers.customer_key
),

-- The first rule that a known person meets names the persona; a blank condition always
-- holds.
personas as (
    select
        people_active.customer_key,
        min_by(rules.persona, rules.position) as persona
    from people_active
    inner join {{ ref('ref_personas') }} as rules
        on
            (rules.segment is null or people_active.segment = rules.segment)
            and (
                rules.preferred_channel is null
                or people_active.preferred_channel = rules.preferred_channel
            )
            and (rules.min_orders is null or people_active.orders >= rules.min_orders)
            and (rules.max_orders is null or people_active.orders <= rules.max_orders)
            and (
                rules.min_tickets is null
                or people_active.tickets >= rules.min_tickets
            )
            and (rules.country is null or people_active.country = rules.country)
    where people_active.is_known
    group by people_active.customer_key
),

final as (
    select
        people_active.customer_key,
        case
            when people_active.became_customer_at is null then 'prospect'
            when
                {{ seconds_between('people_active.last_order_at', 'as_of.as_of') }}
                > {{ var('lapsed_after_days') }} * 86400
                then 'lapsed'
            else 'customer'
        end as status,
        people_active.is_known,
        people_active.first_seen_at,
        people_active.became_customer_at,
        people_active.last_activity_at,
        people_active.last_order_at,
        {{ named_key('account', 'people_active', 'accounts', 'account_id') }}
            as account_key,
        people_active.country,
        people_active.region,
        people_active.city,
        people_active.language,
        people_active.segment,
        personas.persona,
        people_active.acquisition_channel,
        people_active.preferred_channel,
        people_active.consent_survey,
        cast(people_active.orders as bigint) as orders,
        cast(people_active.revenue as decimal(18, 4)) as revenue,
        cast(people_active.tickets as bigint) as tickets,
        cast(people_active.sessions as bigint) as sessions,
        cast(people_active.responses as bigint) as responses,
        people_active.last_nps,
        people_active.last_csat,
        people_active.last_ces,
        cast(people_active.systems_known_in as bigint) as systems_known_in,
        people_active.is_test,
        people_active.is_employee,
        substr({{ keyed_hash('people_active.email_text') }}, 1, 32) as email_hash
    from people_active
    left join personas on people_active.customer_key = personas.customer_key
    {{ named_joins(
        'people_active', 'account', ref('accepted_accounts'), 'account_id'
    ) }}
    cross join as_of
)

select * from final
