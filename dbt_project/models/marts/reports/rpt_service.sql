-- Grain: one row per period (months, and all time), channel and topic, each of them one
-- by one and all together.
-- Waiting times are read from Kaplan-Meier curves: who still waits counts as waiting,
-- where the mean of what is closed would forget the slowest. The rates are those of
-- rpt_metrics, split by topic too.
{%- set rates = [
    'first_reply_within_target', 'resolution_within_target', 'fcr_repeat_window',
    'fcr_repeat_window_net', 'fcr_one_touch', 'fcr_one_touch_net', 'reopen_rate',
    'after_hours_share',
] %}
{#- by person, or of answers: split no further than rpt_metrics shows them -#}
{%- set published_rates = {
    'self_service_rate': 'bigint',
    'fcr_survey': 'double',
    'would_have_called_rate': 'double',
} %}
{%- set first_contact_rates = ['fcr_repeat_window', 'fcr_survey', 'fcr_one_touch'] %}
{%- set durations = ['first_reply', 'resolution', 'wait', 'next_opening'] %}
{%- set turns = [
    'requester_wait_seconds', 'agent_wait_seconds', 'on_hold_seconds',
] %}
{%- set cell = ['period_grain', 'period_start', 'channel', 'topic'] %}

with

tickets as (
    select
        tickets.*,
        turns.requester_wait_seconds,
        turns.agent_wait_seconds,
        turns.on_hold_seconds
    from {{ ref('int_tickets_served') }} as tickets
    left join {{ ref('int_ticket_turns') }} as turns
        on tickets.ticket_key = turns.ticket_key
),

contacts as (
    select * from {{ ref('int_service_contacts') }}
),

sessions as (
    select * from {{ ref('int_web_sessions_judged') }}
),

units as (
    select * from {{ ref('int_metric_units') }}
    where measure in (
        {%- for rate in rates + ['self_service_rate'] %}
        '{{ rate }}'{{ ',' if not loop.last }}
        {%- endfor %}
    )
),

rates_published as (
    select * from {{ ref('rpt_metrics') }}
    where
        (metric, scope, scale_id) in (
            ('self_service_rate', 'all', 'all'),
            ('fcr_survey', 'transactional', 'fcr_survey'),
            ('would_have_called_rate', 'transactional', 'would_have_called')
        )
        and weighting = 'none'
        and period_grain in ('month', 'all')
        and dimension in ('all', 'channel')
),

-- What happened, one row per ticket, contact, session or unit and thing that is
-- counted.
observations as (
    select
        {{ local_date('created_at') }} as day,
        channel,
        topic,
        'tickets' as what,
        cast(null as double) as seconds,
        true as is_over,
        0 as y,
        true as knows_topic
    from tickets
    union all
    select
        {{ local_date('created_at') }} as day,
        channel,
        topic,
        'first_reply' as what,
        reply_time_seconds as seconds,
        is_replied as is_over,
        0 as y,
        true as knows_topic
    from tickets
    where reply_time_seconds is not null
    union all
    select
        {{ local_date('created_at') }} as day,
        channel,
        topic,
        'resolution' as what,
        resolution_time_seconds as seconds,
        is_resolved as is_over,
        0 as y,
        true as knows_topic
    from tickets
    where resolution_time_seconds is not null
    {%- for turn in turns %}
    union all
    select
        {{ local_date('created_at') }} as day,
        channel,
        topic,
        '{{ turn }}' as what,
        {{ turn }} as seconds,
        true as is_over,
        0 as y,
        true as knows_topic
    from tickets
    where {{ turn }} is not null
    {%- endfor %}
    union all
    select
        {{ local_date('occurred_at') }} as day,
        channel,
        topic,
        'contacts' as what,
        cast(null as double) as seconds,
        true as is_over,
        0 as y,
        true as knows_topic
    from contacts
    union all
    select
        {{ local_date('occurred_at') }} as day,
        channel,
        topic,
        'wait' as what,
        wait_seconds as seconds,
        true as is_over,
        0 as y,
        true as knows_topic
    from contacts
    where wait_seconds is not null
    union all
    select
        {{ local_date('occurred_at') }} as day,
        channel,
        topic,
        'next_opening' as what,
        seconds_to_opening as seconds,
        true as is_over,
        0 as y,
        true as knows_topic
    from contacts
    where is_after_hours and seconds_to_opening is not null
    union all
    select
        {{ local_date('started_at') }} as day,
        channel,
        cast(null as varchar) as topic,
        'help_sessions_unidentified' as what,
        cast(null as double) as seconds,
        true as is_over,
        0 as y,
        false as knows_topic
    from sessions
    where is_help_unidentified
    union all
    select
        day,
        channel,
        topic,
        measure as what,
        cast(null as double) as seconds,
        true as is_over,
        y_main as y,
        -- a web session does not say what it is about
        measure <> 'self_service_rate' as knows_topic
    from units
),

span as (
    select min(day) as first_day from observations
),

observations_in_cells as (
    select
        splits.period_grain,
        case
            when splits.period_grain = 'month' then {{ period_start('month', 'day') }}
            else span.first_day
        end as period_start,
        case
            when splits.by_channel then coalesce(observations.channel, 'unknown')
            else 'all'
        end as channel,
        case
            when splits.by_topic then coalesce(observations.topic, 'unknown')
            else 'all'
        end as topic,
        observations.what,
        observations.seconds,
        observations.is_over,
        observations.y
    from observations
    cross join span
    cross join (
        values
        ('month', false, false), ('month', false, true), ('month', true, false),
        ('month', true, true), ('all', false, false), ('all', false, true),
        ('all', true, false), ('all', true, true)
    ) as splits (period_grain, by_channel, by_topic)
    where observations.knows_topic or not splits.by_topic
),

counts as (
    select
        {{ cell | join(',\n        ') }},
        count(*) filter (where what = 'tickets') as tickets,
        count(*) filter (where what = 'contacts') as contacts,
        count(*) filter (where what = 'help_sessions_unidentified')
            as help_sessions_unidentified
        {%- for rate in rates %},
        sum(y) filter (where what = '{{ rate }}') as {{ rate }}_numerator,
        count(*) filter (where what = '{{ rate }}') as {{ rate }}_n
        {%- endfor %}
        {%- for turn in turns %},
        -- whole milliseconds: their sum does not depend on the order
        cast(
            sum(cast(round(seconds * 1000) as decimal(38, 0)))
            filter (where what = '{{ turn }}') as double
        ) / 1000 as {{ turn }}
        {%- endfor %},
        count(*) filter (where what = '{{ turns[0] }}') as tickets_with_history
    from observations_in_cells
    group by {{ cell | join(', ') }}
),

spells as (
    select * from observations_in_cells
    where what in (
        {%- for duration in durations %}
        '{{ duration }}'{{ ',' if not loop.last }}
        {%- endfor %}
    )
),

curves as (
    {{ kaplan_meier('spells', cell + ['what'], 'seconds', 'is_over') }}
),

quantiles as (
    select
        {{ cell | join(',\n        ') }}
        {%- for duration in durations %},
        max(n) filter (where what = '{{ duration }}') as {{ duration }}_n
        {%- for share in [0.5, 0.9] %}
        {%- for curve in ['survival', 'ci_low', 'ci_high'] %}
        {%- set quantile = 'p' ~ (share * 100) | int ~ '_' ~ curve %},
        min({{ quantile }}) filter (where what = '{{ duration }}')
            as {{ duration }}_{{ quantile }}
        {%- endfor %}
        {%- endfor %}
        {%- endfor %}
    from (
        select
            {{ cell | join(',\n            ') }},
            what,
            -- at the beginning everybody is at risk
            max(at_risk) as n
            {%- for share in [0.5, 0.9] %}
            {%- for curve in ['survival', 'ci_low', 'ci_high'] %},
            {{ time_by_which(share, curve) }} as p{{ (share * 100) | int }}_{{ curve }}
            {%- endfor %}
            {%- endfor %}
        from curves
        group by {{ cell | join(', ') }}, what
    ) as quantiles_of_curves
    group by {{ cell | join(', ') }}
),

cells_rated as (
    select
        counts.*
        {%- for rate in rates %},
        counts.{{ rate }}_numerator * 1.0e0 / nullif(counts.{{ rate }}_n, 0)
            as {{ rate }}
        {%- endfor %}
    from counts
),

cells_with_interval as (
    select
        *
        {%- for rate in rates %},
        {{ wilson_low(rate, rate ~ '_n') }} as {{ rate }}_ci_low,
        {{ wilson_high(rate, rate ~ '_n') }} as {{ rate }}_ci_high
        {%- endfor %}
    from cells_rated
),

cells_with_published as (
    select
        cells.*
        {%- for rate, type in published_rates.items() %},
        cast({{ rate }}.numerator as {{ type }}) as {{ rate }}_numerator,
        {{ rate }}.n as {{ rate }}_n,
        {{ rate }}.value as {{ rate }},
        {{ rate }}.ci_low as {{ rate }}_ci_low,
        {{ rate }}.ci_high as {{ rate }}_ci_high
        {%- endfor %}
    from cells_with_interval as cells
    {%- for rate in published_rates %}
    left join rates_published as {{ rate }}
        on
            {{ rate }}.metric = '{{ rate }}'
            and cells.topic = 'all'
            and cells.period_grain = {{ rate }}.period_grain
            and (
                cells.period_grain = 'all'
                or cells.period_start = {{ rate }}.period_start
            )
            and cells.channel = {{ rate }}.member
    {%- endfor %}
),

-- The ways of counting a solution at the first contact, one row each.
first_contact_rates as (
    {% for rate in first_contact_rates -%}
    select
        {{ cell | join(',\n        ') }},
        '{{ rate }}' as rate,
        {{ rate }} as value,
        {{ rate }}_ci_low as ci_low,
        {{ rate }}_ci_high as ci_high
    from cells_with_published
    where {{ rate }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

first_contact_rates_ranked as (
    select
        *,
        row_number() over (
            partition by {{ cell | join(', ') }} order by value desc, rate asc
        ) as from_best,
        row_number() over (
            partition by {{ cell | join(', ') }} order by value asc, rate desc
        ) as from_worst
    from first_contact_rates
),

spreads as (
    select
        {%- for column in cell %}
        best.{{ column }},
        {%- endfor %}
        best.value - worst.value as spread,
        {{ difference_low(
            'best.value', 'best.ci_low', 'worst.value', 'worst.ci_high'
        ) }} as spread_ci_low,
        {{ difference_high(
            'best.value', 'best.ci_high', 'worst.value', 'worst.ci_low'
        ) }} as spread_ci_high
    from first_contact_rates_ranked as best
    inner join first_contact_rates_ranked as worst
        on
            {%- for column in cell %}
            best.{{ column }} = worst.{{ column }} and
            {%- endfor %}
            best.rate <> worst.rate
    where best.from_best = 1 and worst.from_worst = 1
),

deflections as (
    select
        {{ cell | join(',\n        ') }},
        would_have_called_rate is null as is_upper_bound,
        coalesce(self_service_rate * would_have_called_rate, self_service_rate)
            as rate,
        case
            when would_have_called_rate is null then self_service_rate_ci_low
            else {{ product_low(
                'self_service_rate', 'self_service_rate_ci_low',
                'would_have_called_rate', 'would_have_called_rate_ci_low'
            ) }}
        end as rate_ci_low,
        case
            when would_have_called_rate is null then self_service_rate_ci_high
            else {{ product_high(
                'self_service_rate', 'self_service_rate_ci_high',
                'would_have_called_rate', 'would_have_called_rate_ci_high'
            ) }}
        end as rate_ci_high
    from cells_with_published
    where self_service_rate is not null
),

final as (
    select
        cells.period_grain,
        cells.period_start,
        cells.channel,
        cells.topic,
        cells.tickets,
        cells.contacts
        {%- for duration in durations %},
        coalesce(cast(quantiles.{{ duration }}_n as bigint), 0) as {{ duration }}_n
        {%- for p in ['p50', 'p90'] %},
        {%- set q = 'quantiles.' ~ duration ~ '_' ~ p %}
        {{ significant(q ~ '_survival') }} as {{ duration }}_{{ p }}_seconds,
        {{ significant(q ~ '_ci_low') }} as {{ duration }}_{{ p }}_ci_low,
        {{ significant(q ~ '_ci_high') }} as {{ duration }}_{{ p }}_ci_high
        {%- endfor %}
        {%- endfor %},
        cells.tickets_with_history
        {%- for turn in turns %},
        {{ significant('cells.' ~ turn) }} as {{ turn }}
        {%- endfor %}
        {%- for rate in rates %},
        cast(cells.{{ rate }}_numerator as bigint) as {{ rate }}_numerator,
        cells.{{ rate }}_n,
        {{ significant('cells.' ~ rate) }} as {{ rate }},
        {{ significant('cells.' ~ rate ~ '_ci_low') }} as {{ rate }}_ci_low,
        {{ significant('cells.' ~ rate ~ '_ci_high') }} as {{ rate }}_ci_high
        {%- endfor %},
        cells.help_sessions_unidentified
        {%- for rate in published_rates %},
        cells.{{ rate }}_numerator,
        cells.{{ rate }}_n,
        cells.{{ rate }},
        cells.{{ rate }}_ci_low,
        cells.{{ rate }}_ci_high
        {%- endfor %}
        {%- for column in ['spread', 'spread_ci_low', 'spread_ci_high'] %},
        {{ significant('spreads.' ~ column) }} as fcr_{{ column }}
        {%- endfor %}
        {%- for column in ['rate', 'rate_ci_low', 'rate_ci_high'] %},
        {{ significant('deflections.' ~ column) }} as deflection_{{ column }}
        {%- endfor %},
        deflections.is_upper_bound as is_deflection_upper_bound
    from cells_with_published as cells
    left join quantiles
        on
            {%- for column in cell %}
            cells.{{ column }} = quantiles.{{ column }}{{ ' and' if not loop.last }}
            {%- endfor %}
    {%- for part in ['spreads', 'deflections'] %}
    left join {{ part }}
        on
            {%- for column in cell %}
            cells.{{ column }} = {{ part }}.{{ column }}{{ ' and' if not loop.last }}
            {%- endfor %}
    {%- endfor %}
)

select * from final
