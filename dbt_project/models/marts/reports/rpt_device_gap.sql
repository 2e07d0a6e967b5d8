-- Grain: one row per metric, scale and device, as it is and at the same mix of tasks:
-- how much better or worse things go there than on a desktop.
-- Who buys on a phone may do other things there than on a desktop: at the same mix,
-- both are weighted to the tasks of the two together (direct standardisation), over the
-- tasks that both have. Times to load stand as they are: a page loads the same whatever
-- it is opened for.
{%- set least = var('min_cell') %}
{%- set whole = ['metric', 'scale_id', 'device'] %}

with

answers as (
    select * from {{ ref('fct_survey_responses') }}
    where is_counted and is_headline and metric = 'ces' and scope = 'transactional'
),

sessions as (
    select * from {{ ref('int_web_sessions_judged') }}
    where device_class is not null
),

load_times as (
    select * from {{ ref('int_load_times') }}
),

answers_placed as (
    select
        *,
        {{ device_class('device', 'channel') }} as device_class
    from answers
),

observations as (
    select
        metric,
        scale_id,
        device_class as device,
        device as device_named,
        true as is_answer,
        coalesce(touchpoint, 'unknown') as task,
        person_key,
        case when category = 'top' then 1 else 0 end as y
    from answers_placed
    where device_class is not null
    {%- for metric, is_so in {
        'checkout_completion_rate': 'is_checkout_completed',
        'error_session_rate': 'has_error',
        'rage_click_session_rate': 'has_rage_click',
    }.items() %}
    union all
    select
        '{{ metric }}' as metric,
        'all' as scale_id,
        device_class as device,
        device as device_named,
        false as is_answer,
        case
            when checkout_steps > 0 then 'checkout'
            when first_help_at is not null then 'help'
            else 'browsing'
        end as task,
        coalesce(customer_key, -session_key) as person_key,
        case when {{ is_so }} then 1 else 0 end as y
    from sessions
    where {{ is_so }} is not null
    {%- endfor %}
),

persons as (
    select
        {{ whole | join(',\n        ') }},
        person_key,
        count(*) as n,
        sum(y) as y
    from observations
    group by {{ whole | join(', ') }}, person_key
),

-- What several answers of one person are worth together.
wholes as (
    {{ clustered_rates('persons', whole) }}
),

-- rpt_metrics shows answers by the device that they name. Where one named device falls
-- apart here (in the app, in the browser), the difference must not show few answers.
answers_by_name as (
    select
        metric,
        scale_id,
        device,
        device_named,
        count(*) as n
    from observations
    where is_answer
    group by metric, scale_id, device, device_named
),

answers_compared as (
    select
        *,
        count(*) over (
            partition by metric, scale_id, device_named
        ) as devices_of_name,
        min(n) over (partition by metric, scale_id, device_named) as fewest_of_name
    from answers_by_name
),

devices_judged as (
    select
        metric,
        scale_id,
        device,
        sum(n) as n,
        sum(n) < {{ least }}
        or bool_or(devices_of_name > 1 and fewest_of_name < {{ least }}) as is_small
    from answers_compared
    group by metric, scale_id, device
),

devices_ranked as (
    select
        *,
        count(*) filter (where is_small) over (
            partition by metric, scale_id
        ) as small_devices,
        row_number() over (
            partition by metric, scale_id
            order by is_small desc, n asc, device asc
        ) as place
    from devices_judged
),

-- One hidden device alone is the total less the others: the next smallest goes with it.
devices_hidden as (
    select
        metric,
        scale_id,
        device
    from devices_ranked
    where is_small or (small_devices = 1 and place = 2)
),

tasks as (
    select
        {{ whole | join(',\n        ') }},
        task,
        cast(count(*) as double) as n,
        cast(sum(y) as double) as y
    from observations
    group by {{ whole | join(', ') }}, task
),

tasks_paired as (
    select
        here.metric,
        here.scale_id,
        here.device,
        here.task,
        here.n,
        here.y / here.n as p,
        desktop.n as desktop_n,
        desktop.y / desktop.n as desktop_p,
        (here.n + desktop.n)
        / sum(here.n + desktop.n) over (
            partition by here.metric, here.scale_id, here.device
        ) as share_of_task
    from tasks as here
    inner join tasks as desktop
        on
            here.metric = desktop.metric
            and here.scale_id = desktop.scale_id
            and here.task = desktop.task
    where here.device <> 'desktop' and desktop.device = 'desktop'
),

tasks_standardised as (
    select
        {{ whole | join(',\n        ') }},
        count(*) as tasks,
        {%- for side in ['', 'desktop_'] %}
        sum(share_of_task * {{ side }}p) as {{ side }}p,
        sum(
            share_of_task * share_of_task
            * {{ side }}p * (1 - {{ side }}p) / {{ side }}n
        ) as {{ side }}variance,
        1 / sum(share_of_task * share_of_task / {{ side }}n) as {{ side }}kish
        {{- ',' if not loop.last }}
        {%- endfor %}
    from tasks_paired
    group by {{ whole | join(', ') }}
),

comparisons as (
    select
        here.metric,
        here.scale_id,
        here.device,
        false as is_standardised,
        cast(null as bigint) as tasks,
        here.n,
        here.p,
        here.n_effective,
        desktop.n as desktop_n,
        desktop.p as desktop_p,
        desktop.n_effective as desktop_n_effective
    from wholes as here
    inner join wholes as desktop
        on here.metric = desktop.metric and here.scale_id = desktop.scale_id
    where here.device <> 'desktop' and desktop.device = 'desktop'
    union all
    -- persons count as much less than answers as they do without the weights
    select
        here.metric,
        here.scale_id,
        here.device,
        true as is_standardised,
        same.tasks,
        here.n,
        same.p,
        {{ clustered_n_effective(
            'same.p * (1 - same.p)', 'same.variance', 'same.kish', 'same.kish'
        ) }} * here.n_effective / here.n as n_effective,
        desktop.n as desktop_n,
        same.desktop_p,
        {{ clustered_n_effective(
            'same.desktop_p * (1 - same.desktop_p)', 'same.desktop_variance',
            'same.desktop_kish', 'same.desktop_kish',
        ) }} * desktop.n_effective / desktop.n as desktop_n_effective
    from tasks_standardised as same
    inner join wholes as here
        on
            same.metric = here.metric
            and same.scale_id = here.scale_id
            and same.device = here.device
    inner join wholes as desktop
        on same.metric = desktop.metric and same.scale_id = desktop.scale_id
    where desktop.device = 'desktop'
),

gaps as (
    select
        comparisons.*,
        p - desktop_p as value,
        {{ newcombe_low('p', 'n_effective', 'desktop_p', 'desktop_n_effective') }}
            as ci_low,
        {{ newcombe_high('p', 'n_effective', 'desktop_p', 'desktop_n_effective') }}
            as ci_high,
        hidden.device is not null or hidden_desktop.device is not null
            as is_suppressed
    from comparisons
    left join devices_hidden as hidden
        on
            comparisons.metric = hidden.metric
            and comparisons.scale_id = hidden.scale_id
            and comparisons.device = hidden.device
    left join devices_hidden as hidden_desktop
        on
            comparisons.metric = hidden_desktop.metric
            and comparisons.scale_id = hidden_desktop.scale_id
            and hidden_desktop.device = 'desktop'
),

loads_compared as (
    select
        here.device,
        here.n,
        here.p75_seconds,
        here.p75_ci_low,
        here.p75_ci_high,
        desktop.n as desktop_n,
        desktop.p75_seconds as desktop_p75_seconds,
        desktop.p75_ci_low as desktop_p75_ci_low,
        desktop.p75_ci_high as desktop_p75_ci_high
    from load_times as here
    cross join load_times as desktop
    where here.device not in ('all', 'desktop') and desktop.device = 'desktop'
),

rows_shown as (
    select
        metric,
        scale_id,
        device,
        is_standardised,
        'rate' as unit,
        tasks,
        n,
        desktop_n,
        p as rate,
        desktop_p as desktop_rate,
        {%- for side in ['', 'desktop_'] %}
        {%- for column in ['p75_seconds', 'p75_ci_low', 'p75_ci_high'] %}
        cast(null as double) as {{ side }}{{ column }},
        {%- endfor %}
        {%- endfor %}
        value,
        ci_low,
        ci_high,
        is_suppressed
    from gaps
    union all
    select
        'load_time_p75_seconds' as metric,
        'all' as scale_id,
        device,
        false as is_standardised,
        'seconds' as unit,
        null as tasks,
        n,
        desktop_n,
        null as rate,
        null as desktop_rate,
        {%- for side in ['', 'desktop_'] %}
        {%- for column in ['p75_seconds', 'p75_ci_low', 'p75_ci_high'] %}
        {{ side }}{{ column }},
        {%- endfor %}
        {%- endfor %}
        p75_seconds - desktop_p75_seconds as value,
        {{ difference_low(
            'p75_seconds', 'p75_ci_low', 'desktop_p75_seconds', 'desktop_p75_ci_high'
        ) }} as ci_low,
        {{ difference_high(
            'p75_seconds', 'p75_ci_high', 'desktop_p75_seconds', 'desktop_p75_ci_low'
        ) }} as ci_high,
        false as is_suppressed
    from loads_compared
),

final as (
    select
        metric,
        scale_id,
        device,
        is_standardised,
        unit,
        case when not is_suppressed then tasks end as tasks,
        {%- for column in ['n', 'desktop_n'] %}
        case when not is_suppressed then cast({{ column }} as bigint) end
            as {{ column }},
        {%- endfor %}
        {%- for column in ['rate', 'desktop_rate', 'value', 'ci_low', 'ci_high'] %}
        case when not is_suppressed then {{ significant(column) }} end as {{ column }},
        {%- endfor %}
        {%- for side in ['', 'desktop_'] %}
        {%- for column in ['p75_seconds', 'p75_ci_low', 'p75_ci_high'] %}
        {{ significant(side ~ column) }} as {{ side }}{{ column }},
        {%- endfor %}
        {%- endfor %}
        case
            when not is_suppressed then coalesce(ci_low > 0 or ci_high < 0, false)
        end as is_significant,
        is_suppressed
    from rows_shown
)

select * from final
