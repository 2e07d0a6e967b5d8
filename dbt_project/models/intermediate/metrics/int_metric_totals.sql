-- Grain: one row per series, dimension member and period: all that a score, its
-- interval and its change are computed from.
-- Sums of whole numbers only, so that neither the order of the rows nor the number of
-- threads changes a digit: doubles below 2^53, where they are exact and three times as
-- fast as wide decimals, for units that stand alone; wide decimals for persons put
-- together.
--
-- Per coding c: mean_c; v_c, the variance of one answer; deviation_c, the squared
-- deviations summed by person; cross_c_<a><b>, sums over the persons who were there in
-- the previous period too, of their here (weighted value y or weight w) times their
-- there.
{%- set codings = metric_codings() %}

with

units_alone as (
    select * from {{ ref('int_metric_unit_periods') }}
    where not is_connected
),

persons as (
    select * from {{ ref('int_metric_person_sums') }}
),

persons_counted as (
    select * from {{ ref('int_metric_person_counts') }}
),

day_counts as (
    select * from {{ ref('int_metric_day_counts') }}
),

periods as (
    select * from {{ ref('int_metric_periods') }}
),

period_days as (
    select
        days.day,
        periods.period_id,
        periods.period_grain
    from {{ ref('int_metric_period_days') }} as days
    inner join periods
        on
            days.period_grain = periods.period_grain
            and days.period_start = periods.period_start
),

alone_totalled as (
    select
        series_id,
        member_id,
        period_id,
        count(*) as n,
        count(*) filter (where is_entering) as n_entering
        {%- for c in codings %},
        sum(cast(y_{{ c }} as double)) as y_{{ c }},
        sum(cast(y_{{ c }} as double) * y_{{ c }}) as yy_{{ c }}
        {%- endfor %}
    from units_alone
    where not is_behaviour
    group by series_id, member_id, period_id
),

persons_totalled as (
    select
        series_id,
        member_id,
        period_id,
        sum(n) as n,
        count(*) as n_persons,
        sum(n_entering) as n_entering,
        sum(w) as w,
        sum(ww) as ww,
        sum({{ exact_product('w', 'w') }}) as person_ww
        {%- for c in codings %},
        sum(wy_{{ c }}) as wy_{{ c }},
        sum(wyy_{{ c }}) as wyy_{{ c }},
        sum({{ exact_product('wy_' ~ c, 'wy_' ~ c) }}) as person_yy_{{ c }},
        sum({{ exact_product('wy_' ~ c, 'w') }}) as person_yw_{{ c }}
        {%- endfor %}
    from persons
    group by series_id, member_id, period_id
),

behaviour as (
    select
        series_id,
        member_id,
        period_id,
        count(*) as n,
        count(*) as n_persons,
        count(*) as person_nn,
        count(*) filter (where y_main = 1) as y,
        count(*) filter (where y_main = 1) as person_yy,
        count(*) filter (where y_main = 1) as person_yn
    from units_alone
    where is_behaviour
    group by series_id, member_id, period_id
    union all
    select
        series_id,
        member_id,
        period_id,
        sum(cast(n as double)) as n,
        count(*) as n_persons,
        sum(cast(n as double) * n) as person_nn,
        sum(cast(y as double)) as y,
        sum(cast(y as double) * y) as person_yy,
        sum(cast(y as double) * n) as person_yn
    from persons_counted
    group by series_id, member_id, period_id
    union all
    select
        day_counts.series_id,
        day_counts.member_id,
        period_days.period_id,
        sum(day_counts.n) as n,
        -- orders and invitations are counted, not people
        null as n_persons,
        sum(day_counts.n) as person_nn,
        sum(day_counts.y) as y,
        sum(day_counts.y) as person_yy,
        sum(day_counts.y) as person_yn
    from day_counts
    inner join period_days on day_counts.day = period_days.day
    where {{ may_be_daily('period_days.period_grain', 'day_counts.is_whole') }}
    group by day_counts.series_id, day_counts.member_id, period_days.period_id
    -- complaints of people who ordered nothing then: no rate
    having sum(day_counts.n) > 0
),

-- An unweighted unit that stands alone is a person of weight 1.
parts as (
    select
        series_id,
        member_id,
        period_id,
        cast(n as decimal(38, 0)) as n,
        cast(n as decimal(38, 0)) as n_persons,
        cast(n_entering as decimal(38, 0)) as n_entering,
        cast(n as decimal(38, 0)) as w,
        cast(n as decimal(38, 0)) as ww,
        cast(n as decimal(38, 0)) as person_ww
        {%- for c in codings %},
        cast(y_{{ c }} as decimal(38, 0)) as wy_{{ c }},
        cast(yy_{{ c }} as decimal(38, 0)) as wyy_{{ c }},
        cast(yy_{{ c }} as decimal(38, 0)) as person_yy_{{ c }},
        cast(y_{{ c }} as decimal(38, 0)) as person_yw_{{ c }}
        {%- endfor %}
    from alone_totalled
    union all
    select
        series_id,
        member_id,
        period_id,
        cast(n as decimal(38, 0)) as n,
        cast(n_persons as decimal(38, 0)) as n_persons,
        cast(n_entering as decimal(38, 0)) as n_entering,
        cast(w as decimal(38, 0)) as w,
        cast(ww as decimal(38, 0)) as ww,
        cast(person_ww as decimal(38, 0)) as person_ww
        {%- for c in codings %},
        cast(wy_{{ c }} as decimal(38, 0)) as wy_{{ c }},
        cast(wyy_{{ c }} as decimal(38, 0)) as wyy_{{ c }},
        cast(person_yy_{{ c }} as decimal(38, 0)) as person_yy_{{ c }},
        cast(person_yw_{{ c }} as decimal(38, 0)) as person_yw_{{ c }}
        {%- endfor %}
    from persons_totalled
    union all
    select
        series_id,
        member_id,
        period_id,
        cast(n as decimal(38, 0)) as n,
        cast(n_persons as decimal(38, 0)) as n_persons,
        -- behaviour is not hidden
        cast(null as decimal(38, 0)) as n_entering,
        cast(n as decimal(38, 0)) as w,
        cast(n as decimal(38, 0)) as ww,
        cast(person_nn as decimal(38, 0)) as person_ww
        {%- for c in codings %}
        {%- for column, given in {
            'wy': 'y', 'wyy': 'y', 'person_yy': 'person_yy', 'person_yw': 'person_yn'
        }.items() %},
        cast({{ given if c == 'main' else 'null' }} as decimal(38, 0))
            as {{ column }}_{{ c }}
        {%- endfor %}
        {%- endfor %}
    from behaviour
),

parts_totalled as (
    select
        series_id,
        member_id,
        period_id,
        sum(n) as n,
        sum(n_persons) as n_persons,
        sum(n_entering) as n_entering,
        sum(w) as w,
        sum(ww) as ww,
        sum(person_ww) as person_ww
        {%- for c in codings %},
        sum(wy_{{ c }}) as wy_{{ c }},
        sum(wyy_{{ c }}) as wyy_{{ c }},
        sum(person_yy_{{ c }}) as person_yy_{{ c }},
        sum(person_yw_{{ c }}) as person_yw_{{ c }}
        {%- endfor %}
    from parts
    group by series_id, member_id, period_id
),

persons_in_both as (
    select
        here.series_id,
        here.member_id,
        here.period_id,
        cast(sum({{ exact_product('here.w', 'there.w') }}) as double) as cross_ww
        {%- for c in codings %},
        {%- set here, there = 'here.wy_' ~ c, 'there.wy_' ~ c %}
        cast(sum({{ exact_product(here, there) }}) as double) as cross_{{ c }}_yy,
        cast(sum({{ exact_product(here, 'there.w') }}) as double) as cross_{{ c }}_yw,
        cast(sum({{ exact_product('here.w', there) }}) as double) as cross_{{ c }}_wy
        {%- endfor %}
    from persons as here
    inner join periods on here.period_id = periods.period_id
    inner join persons as there
        on
            periods.previous_period_id = there.period_id
            and here.series_id = there.series_id
            and here.member_id = there.member_id
            and here.person_key = there.person_key
    group by here.series_id, here.member_id, here.period_id
    union all
    select
        here.series_id,
        here.member_id,
        here.period_id,
        sum(cast(here.n as double) * there.n) as cross_ww
        {%- for c in codings %}
        {%- for column, product in {
            'yy': 'here.y * there.y', 'yw': 'here.y * there.n', 'wy': 'here.n * there.y'
        }.items() %},
        {{ 'sum(1.0e0 * ' ~ product ~ ')' if c == 'main' else 'null' }}
            as cross_{{ c }}_{{ column }}
        {%- endfor %}
        {%- endfor %}
    from persons_counted as here
    inner join periods on here.period_id = periods.period_id
    inner join persons_counted as there
        on
            periods.previous_period_id = there.period_id
            and here.series_id = there.series_id
            and here.member_id = there.member_id
            and here.person_key = there.person_key
    group by here.series_id, here.member_id, here.period_id
),

final as (
    select
        totals.series_id,
        totals.member_id,
        totals.period_id,
        cast(totals.n as bigint) as n,
        cast(totals.n_persons as bigint) as n_persons,
        cast(totals.n_entering as bigint) as n_entering,
        cast(totals.w as double) as sum_w,
        {{ kish_n_effective(
            'cast(totals.w as double)', 'cast(totals.ww as double)'
        ) }} as kish,
        {%- for c in codings %}
        {%- set y = 'totals.wy_' ~ c %}
        {%- set mean = 'cast(' ~ y ~ ' as double) / cast(totals.w as double)' %}
        cast({{ y }} as double) as sum_{{ c }},
        {{ mean }} as mean_{{ c }},
        cast(
            -- exactly 0 where all answers agree
            {{ exact_product('totals.w', 'totals.wyy_' ~ c) }}
            - {{ exact_product(y, y) }}
            as double
        ) / (cast(totals.w as double) * cast(totals.w as double)) as v_{{ c }},
        {{ clustered_deviation(
            'cast(totals.person_yy_' ~ c ~ ' as double)',
            'cast(totals.person_yw_' ~ c ~ ' as double)',
            'cast(totals.person_ww as double)',
            mean,
        ) }} as deviation_{{ c }},
        shared.cross_{{ c }}_yy,
        shared.cross_{{ c }}_yw,
        shared.cross_{{ c }}_wy,
        {%- endfor %}
        shared.cross_ww
    from parts_totalled as totals
    left join persons_in_both as shared
        on
            totals.series_id = shared.series_id
            and totals.member_id = shared.member_id
            and totals.period_id = shared.period_id
)

select * from final
