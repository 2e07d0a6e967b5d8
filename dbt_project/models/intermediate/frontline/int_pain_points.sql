-- Grain: one row per customer problem and way of measuring what customers suffer from
-- it: how bad staff think it is beside how bad it is. Internal: small numbers are not
-- hidden here.

with

mentions as (
    select * from {{ ref('int_staff_mentions') }}
    where pain_rank is not null
),

-- An employee's last word on a problem.
mentions_last as (
    select *
    from (
        select
            *,
            row_number() over (
                partition by employee_key, topic
                order by submitted_at desc, row_key desc
            ) as place
        from mentions
    ) as mentions_ranked
    where place = 1
),

staff as (
    select
        topic,
        count(*) as staff_n,
        sum(pain_rank) as staff_ranks,
        sum(pain_rank * pain_rank) as staff_squares,
        sum(pain_rank) * 1.0e0 / count(*) as staff_value
    from mentions_last
    group by topic
),

-- Customers are heard over the time in which staff were asked.
span as (
    select
        min(submitted_at) as first_at,
        max(submitted_at) as last_at
    from mentions
),

tickets as (
    select
        lower(trim(tickets.topic)) as topic,
        count(*) as tickets
    from {{ ref('fct_tickets') }} as tickets
    cross join span
    where
        tickets.topic is not null
        and tickets.created_at between span.first_at and span.last_at
    group by lower(trim(tickets.topic))
),

tickets_of_all as (
    select sum(tickets) as all_tickets from tickets
),

low_scores as (
    select
        lower(trim(touchpoints.topic)) as topic,
        count(*) as answers,
        count(*) filter (where answers.category in ('detractor', 'bottom')) as low
    from {{ ref('fct_survey_responses') }} as answers
    inner join {{ ref('fct_touchpoints') }} as touchpoints
        on answers.touchpoint_id = touchpoints.touchpoint_id
    cross join span
    where
        answers.is_headline
        and answers.is_counted
        and answers.metric <> 'would_have_called'
        and touchpoints.topic is not null
        and answers.period_at between span.first_at and span.last_at
    group by lower(trim(touchpoints.topic))
),

final as (
    select
        'tickets' as customer_measure,
        staff.topic,
        staff.staff_n,
        staff.staff_ranks,
        staff.staff_squares,
        staff.staff_value,
        tickets.tickets as customer_numerator,
        cast(tickets_of_all.all_tickets as bigint) as customer_n,
        tickets.tickets * 1.0e0 / tickets_of_all.all_tickets as customer_value,
        -- behaviour is shown however rare
        staff.staff_n as fewest
    from staff
    inner join tickets on staff.topic = tickets.topic
    cross join tickets_of_all
    union all
    select
        'low_scores' as customer_measure,
        staff.topic,
        staff.staff_n,
        staff.staff_ranks,
        staff.staff_squares,
        staff.staff_value,
        low_scores.low as customer_numerator,
        low_scores.answers as customer_n,
        low_scores.low * 1.0e0 / low_scores.answers as customer_value,
        least(staff.staff_n, low_scores.answers) as fewest
    from staff
    inner join low_scores on staff.topic = low_scores.topic
)

select * from final
