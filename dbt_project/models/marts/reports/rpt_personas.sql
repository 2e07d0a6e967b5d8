-- Grain: one row per persona, kind and item (and scope and scale of a score).
-- A persona is given to known people by the rules of the reference table; people whom
-- no rule fits are `unknown`.

with

people as (
    select
        *,
        coalesce(persona, 'unknown') as persona_name,
        -- nobody who bought nothing has spent anything; what cannot be converted is
        -- not 0; wide enough for the squares of millions
        cast(case when orders = 0 then 0 else revenue end as decimal(38, 4)) as spent
    from {{ ref('dim_customers') }}
    where is_known and not (is_test or is_employee)
),

contacts as (
    select * from {{ ref('fct_touchpoints') }}
    where
        direction = 'inbound'
        and topic is not null
        and source_entity in ('tickets', 'interactions')
),

sizes as (
    select
        persona_name as persona,
        count(*) as people,
        sum(count(*)) over () as all_people,
        count(*) filter (where orders > 0) as buyers,
        count(spent) as people_of_known_value,
        sum(spent) as spent,
        sum(spent * spent) as spent_squares,
        sum(orders) as orders,
        sum(orders * orders) as orders_squares,
        -- where nobody ever bought no orders were read: none is not 0
        sum(sum(orders)) over () > 0 as is_buying_known
    from people
    group by persona_name
),

needs as (
    select
        people.persona_name as persona,
        contacts.topic,
        count(distinct people.customer_key) as people
    from contacts
    inner join people on contacts.customer_key = people.customer_key
    group by people.persona_name, contacts.topic
),

needs_ranked as (
    select
        needs.*,
        sizes.people as persona_people,
        row_number() over (
            partition by needs.persona
            order by needs.people desc, needs.topic asc
        ) as place
    from needs
    inner join sizes on needs.persona = sizes.persona
),

means as (
    select
        persona,
        'revenue_per_person' as item,
        'money' as unit,
        people_of_known_value as n,
        cast(spent as double) as total,
        cast(spent_squares as double) as squares
    from sizes
    where is_buying_known
    union all
    select
        persona,
        'orders_per_person' as item,
        'number' as unit,
        people as n,
        cast(orders as double) as total,
        cast(orders_squares as double) as squares
    from sizes
    where is_buying_known
),

means_estimated as (
    select
        *,
        total / nullif(n, 0) as value,
        -- no less than nothing: everybody the same leaves the rounding of a subtraction
        {{ t_95('n - 1') }} * sqrt(
            greatest((squares - total * total / nullif(n, 0)), 0.0e0)
            / nullif(n - 1, 0) / nullif(n, 0)
        ) as margin
    from means
),

shares as (
    select
        persona,
        'size' as kind,
        'people' as item,
        people as numerator,
        all_people as denominator,
        cast(null as bigint) as place
    from sizes
    union all
    select
        persona,
        'size' as kind,
        'buyers' as item,
        buyers as numerator,
        people as denominator,
        null as place
    from sizes
    where is_buying_known
    union all
    select
        persona,
        'need' as kind,
        topic as item,
        people as numerator,
        persona_people as denominator,
        place
    from needs_ranked
    where place <= 5
),

shares_valued as (
    select
        *,
        numerator * 1.0e0 / denominator as value
    from shares
),

rows_of_all_kinds as (
    select
        persona,
        kind,
        item,
        'all' as scope,
        'all' as scale_id,
        'rate' as unit,
        numerator * 1.0e0 as numerator,
        denominator * 1.0e0 as denominator,
        denominator as n,
        value,
        {{ wilson_low('value', 'denominator') }} as ci_low,
        {{ wilson_high('value', 'denominator') }} as ci_high,
        place,
        -- what people do is not hidden, however few they are
        false as is_suppressed
    from shares_valued
    union all
    select
        persona,
        'value' as kind,
        item,
        'all' as scope,
        'all' as scale_id,
        unit,
        total as numerator,
        n * 1.0e0 as denominator,
        n,
        value,
        value - margin as ci_low,
        value + margin as ci_high,
        null as place,
        false as is_suppressed
    from means_estimated
    union all
    -- the scores are those of rpt_metrics, and so is what is hidden of them
    select
        member as persona,
        'score' as kind,
        metric as item,
        scope,
        scale_id,
        unit,
        numerator,
        denominator,
        n,
        value,
        ci_low,
        ci_high,
        null as place,
        is_suppressed
    from {{ ref('rpt_metrics') }}
    where
        metric in ('nps', 'csat', 'ces')
        and dimension = 'persona'
        and period_grain = 'all'
        and weighting = 'none'
),

final as (
    select
        persona,
        kind,
        item,
        scope,
        scale_id,
        unit,
        {%- for column in ['numerator', 'denominator'] %}
        {{ significant(column) }} as {{ column }},
        {%- endfor %}
        cast(n as bigint) as n,
        {%- for column in ['value', 'ci_low', 'ci_high'] %}
        {{ significant(column) }} as {{ column }},
        {%- endfor %}
        cast(place as integer) as place,
        is_suppressed,
        coalesce(n < 30, true) as is_wide
    from rows_of_all_kinds
)

select * from final
