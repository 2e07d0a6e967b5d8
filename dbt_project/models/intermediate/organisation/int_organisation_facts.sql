-- Grain: one row per measure, dimension member and period: what the organisation does,
-- as numerator and denominator; a measure without a denominator is a number of things.
-- kind says what the number is: a rate, a count of events per week, a number.

with

contacts as (
    select * from {{ ref('int_outbound_contacts') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
    where is_known and not (is_test or is_employee)
),

employees as (
    select * from {{ ref('dim_employees') }}
    where is_active
),

as_of as (
    select
        as_of,
        {{ local_date('as_of') }} as as_of_day
    from {{ ref('int_as_of') }}
    -- nothing that is dated: there is no day to speak of
    where as_of is not null
),

contact_span as (
    select
        min({{ local_date('contacts.contacted_at') }}) as first_day,
        cast(max(as_of.as_of_day) + interval '1' day as date) as end_day
    from contacts
    cross join as_of
    having count(*) > 0
),

contact_quarters as (
    select {{ period_start('quarter', local_date('contacts.contacted_at')) }}
            as quarter_start
    from contacts
    group by {{ period_start('quarter', local_date('contacts.contacted_at')) }}
),

contact_periods_bounded as (
    select
        'all' as period_grain,
        first_day as period_start,
        first_day as counted_from,
        end_day as counted_until
    from contact_span
    union all
    select
        'quarter' as period_grain,
        quarters.quarter_start as period_start,
        greatest(quarters.quarter_start, contact_span.first_day) as counted_from,
        least(
            cast(quarters.quarter_start + interval '3' month as date),
            contact_span.end_day
        ) as counted_until
    from contact_quarters as quarters
    cross join contact_span
),

-- Nothing can be reckoned of a period that begins after the time of reckoning.
contact_periods as (
    select * from contact_periods_bounded
    where counted_from < counted_until
),

customers_by_day as (
    select
        {{ local_date('first_seen_at') }} as first_day,
        count(*) as people
    from customers
    group by {{ local_date('first_seen_at') }}
),

-- Weeks during which people could be contacted: from the day they are known.
person_weeks as (
    select
        periods.period_grain,
        periods.period_start,
        sum(customers_by_day.people * {{ dbt.datediff(
            'greatest(periods.counted_from, customers_by_day.first_day)',
            'periods.counted_until', 'day'
        ) }}) / 7.0e0 as weeks
    from contact_periods as periods
    inner join customers_by_day
        on periods.counted_until > customers_by_day.first_day
    group by periods.period_grain, periods.period_start
),

contacts_counted as (
    {% for dimension, member in {'all': "'all'", 'team': 'contacts.team'}.items() -%}
    select
        '{{ dimension }}' as dimension,
        {{ member }} as member,
        periods.period_grain,
        periods.period_start,
        count(*) as contacts,
        count(*) filter (where contacts.is_clash) as clashes
    from contacts
    inner join contact_periods as periods
        on
            {{ local_date('contacts.contacted_at') }} >= periods.counted_from
            and {{ local_date('contacts.contacted_at') }} < periods.counted_until
    group by {{ member }}, periods.period_grain, periods.period_start
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- In how many of the places that name people a person was met.
places as (
    select count(*) as places
    from (
        select
            source_system,
            source_entity
        from {{ ref('int_person_mentions') }}
        group by source_system, source_entity
    ) as places_met
),

people_by_places as (
    select
        systems_known_in,
        count(*) as people,
        sum(count(*)) over () as all_people
    from customers
    where systems_known_in is not null
    group by systems_known_in
),

crm_records as (
    select
        source_system,
        count(*) as records,
        count(distinct customer_key) as people
    from {{ ref('customer_identifiers') }}
    where id_type = 'customer_id'
    group by source_system
),

-- A panel that asks about rivals is anonymous by design.
panels as (
    select
        source_system,
        survey_id
    from {{ ref('fct_survey_responses') }}
    where scope = 'benchmark'
    group by source_system, survey_id
),

responses as (
    select
        answers.source_system,
        answers.response_id,
        max(answers.customer_key) as customer_key
    from {{ ref('fct_survey_responses') }} as answers
    left join panels
        on
            answers.source_system = panels.source_system
            and answers.survey_id = panels.survey_id
    where answers.is_counted and panels.survey_id is null
    group by answers.source_system, answers.response_id
),

orders as (
    select * from {{ ref('fct_orders') }}
),

answers as (
    select answers.*
    from {{ ref('fct_survey_responses') }} as answers
    cross join as_of
    where
        answers.is_counted
        and answers.is_headline
        and answers.responded_at <= as_of.as_of
),

touchpoints_heard as (
    select answers.touchpoint
    from answers
    cross join as_of
    where
        answers.scope = 'transactional'
        and answers.touchpoint is not null
        and answers.responded_at > as_of.as_of - interval '365' day
    group by answers.touchpoint
    having count(*) >= 30
),

employees_heard as (
    select mentions.employee_key
    from {{ ref('int_staff_mentions') }} as mentions
    cross join as_of
    where mentions.submitted_at > as_of.as_of - interval '365' day
    group by mentions.employee_key
),

decisions as (
    select * from {{ ref('accepted_decisions') }}
),

facts_of_contacts as (
    select
        'contact_pressure' as measure,
        contacts_counted.dimension,
        contacts_counted.member,
        contacts_counted.period_grain,
        contacts_counted.period_start,
        'per_person_week' as kind,
        contacts_counted.contacts * 1.0e0 as numerator,
        person_weeks.weeks as denominator
    from contacts_counted
    inner join person_weeks
        on
            contacts_counted.period_grain = person_weeks.period_grain
            and contacts_counted.period_start = person_weeks.period_start
    union all
    select
        'contact_clash_rate' as measure,
        dimension,
        member,
        period_grain,
        period_start,
        'rate' as kind,
        clashes * 1.0e0 as numerator,
        contacts * 1.0e0 as denominator
    from contacts_counted
),

facts_as_of as (
    select
        'people_by_systems' as measure,
        'systems' as dimension,
        cast(people_by_places.systems_known_in as varchar) || ' of '
        || cast(places.places as varchar) as member,
        'rate' as kind,
        people_by_places.people * 1.0e0 as numerator,
        people_by_places.all_people * 1.0e0 as denominator
    from people_by_places
    cross join places
    union all
    select
        'duplicate_rate' as measure,
        'system' as dimension,
        source_system as member,
        'rate' as kind,
        records - people * 1.0e0 as numerator,
        records * 1.0e0 as denominator
    from crm_records
    union all
    select
        'unmatched_survey_share' as measure,
        'all' as dimension,
        'all' as member,
        'rate' as kind,
        count(*) filter (where customer_key is null) * 1.0e0 as numerator,
        count(*) * 1.0e0 as denominator
    from responses
    having count(*) > 0
    union all
    select
        'identified_order_share' as measure,
        'all' as dimension,
        'all' as member,
        'rate' as kind,
        count(customer_key) * 1.0e0 as numerator,
        count(*) * 1.0e0 as denominator
    from orders
    having count(*) > 0
    {% for dimension, member in {
        'all': "'all'", 'team': "coalesce(employees.team, 'unknown')",
    }.items() -%}
    union all
    select
        'training_coverage' as measure,
        '{{ dimension }}' as dimension,
        {{ member }} as member,
        'rate' as kind,
        count(*) filter (
            where employees.last_trained_at > as_of.as_of - interval '365' day
        ) * 1.0e0 as numerator,
        count(*) * 1.0e0 as denominator
    from employees
    cross join as_of
    {{ "group by coalesce(employees.team, 'unknown')" if dimension == 'team' }}
    having count(*) > 0
    {% endfor -%}
    union all
    select
        'staff_heard_share' as measure,
        'all' as dimension,
        'all' as member,
        'rate' as kind,
        count(heard.employee_key) * 1.0e0 as numerator,
        count(*) * 1.0e0 as denominator
    from employees
    left join employees_heard as heard on employees.employee_key = heard.employee_key
    having count(*) > 0
    union all
    select
        'relational_voices_90d' as measure,
        'all' as dimension,
        'all' as member,
        'number' as kind,
        count(distinct answers.person_key) filter (
            where answers.scope = 'relational'
            and answers.responded_at > as_of.as_of - interval '90' day
        ) * 1.0e0 as numerator,
        cast(null as double) as denominator
    from answers
    cross join as_of
    -- who never asked has not heard nobody: nothing was measured
    having count(*) > 0
    union all
    select
        'touchpoints_heard' as measure,
        'all' as dimension,
        'all' as member,
        'number' as kind,
        count(distinct heard.touchpoint) * 1.0e0 as numerator,
        cast(null as double) as denominator
    from answers
    left join touchpoints_heard as heard on answers.touchpoint = heard.touchpoint
    having count(*) > 0
    union all
    select
        'closed_loop_rate' as measure,
        'all' as dimension,
        'all' as member,
        'rate' as kind,
        numerator,
        denominator
    from {{ ref('rpt_metrics') }}
    where
        metric = 'closed_loop_rate'
        and dimension = 'all'
        and period_grain = 'all'
        and not is_suppressed
    union all
    select
        'reviewable_decision_share' as measure,
        'all' as dimension,
        'all' as member,
        'rate' as kind,
        count(*) filter (where touchpoint is not null and review_at is not null) * 1.0e0
            as numerator,
        count(*) * 1.0e0 as denominator
    from decisions
    having count(*) > 0
),

final as (
    select * from facts_of_contacts
    union all
    select
        facts_as_of.measure,
        facts_as_of.dimension,
        facts_as_of.member,
        'as_of' as period_grain,
        as_of.as_of_day as period_start,
        facts_as_of.kind,
        facts_as_of.numerator,
        facts_as_of.denominator
    from facts_as_of
    cross join as_of
)

select * from final
