-- Grain: one row per area and sub-metric, one per area (sub_metric all), and one for all
-- areas. All time.
-- Without evidence there is no score: what nobody measured is neither good nor bad. An
-- area with fewer than two measured sub-metrics is not measured.
{%- set areas = six_areas() %}
{%- set published = [
    'first_reply_within_target', 'after_hours_share', 'fcr_repeat_window',
    'resolution_within_target', 'reopen_rate', 'self_service_rate',
    'bot_containment_rate', 'checkout_completion_rate', 'not_as_described_rate',
    'personalised_contact_rate', 'ces', 'ces_high_effort_rate',
] %}

with

metrics as (
    select * from {{ ref('rpt_metrics') }}
    where
        period_grain = 'all'
        and weighting = 'none'
        and scope in ('all', 'transactional')
        and not is_suppressed
),

service as (
    select * from {{ ref('rpt_service') }}
    where period_grain = 'all' and channel = 'all' and topic = 'all'
),

device_gaps as (
    select * from {{ ref('rpt_device_gap') }}
    where
        metric = 'ces'
        and device = 'mobile'
        and is_standardised
        and not is_suppressed
),

sessions as (
    select * from {{ ref('int_web_sessions_judged') }}
),

contacts as (
    select * from {{ ref('int_service_contacts') }}
    where is_after_hours is not null
),

channels as (
    select * from {{ ref('ref_channels') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
    where
        is_known
        and preferred_channel is not null
        and not (is_test or is_employee)
),

issues as (
    select * from {{ ref('fct_issues') }}
    where switches_judged > 0
),

consents as (
    select * from {{ ref('int_marketing_consents') }}
    where is_last
),

load_times as (
    select * from {{ ref('int_load_times') }}
    where device = 'all'
),

lifts as (
    select * from {{ ref('rpt_personalisation') }}
    where campaign = 'all' and outcome = 'purchase_rate'
),

targets as (
    select * from {{ ref('ref_targets') }}
),

catalogue as (
    select * from {{ ref('rpt_catalogue') }}
),

-- Of several scales of one question, never pooled, the one that most answered.
metrics_ranked as (
    select
        *,
        row_number() over (
            partition by metric order by n desc, scale_id asc
        ) as place
    from metrics
    where
        dimension = 'all'
        and metric in (
            {%- for metric in published %}
            '{{ metric }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
),

-- A channel that needs people is staffed for the share of its contacts that come while
-- they are there; of a channel on which nobody came, for that of all contacts. One that
-- needs none always is.
staffed_shares as (
    select
        channel,
        avg(case when is_after_hours then 0.0e0 else 1.0e0 end) as staffed_share
    from contacts
    group by channel
),

staffed_overall as (
    select avg(case when is_after_hours then 0.0e0 else 1.0e0 end) as staffed_share
    from contacts
),

preferences as (
    select
        customers.preferred_channel,
        count(*) as people,
        max(
            case
                -- a channel that nobody registered is not offered
                when not coalesce(channels.is_offered, false) then 0.0e0
                when not coalesce(channels.is_assisted, false) then 1.0e0
                else coalesce(
                    staffed_shares.staffed_share, staffed_overall.staffed_share
                )
            end
        ) as fit
    from customers
    cross join staffed_overall
    left join channels on customers.preferred_channel = channels.channel
    left join staffed_shares on customers.preferred_channel = staffed_shares.channel
    group by customers.preferred_channel
),

purchases as (
    select
        'purchase' as kind,
        checkout_steps,
        seconds_to_purchase,
        true as is_over
    from sessions
    where seconds_to_purchase is not null
),

purchase_curve as (
    {{ kaplan_meier('purchases', ['kind'], 'seconds_to_purchase', 'is_over') }}
),

session_counts as (
    select
        count(*) as n,
        cast(sum(errors) as bigint) as errors,
        {%- for flag in ['has_error', 'has_rage_click'] %}
        count(*) filter (where {{ flag }}) as sessions_{{ flag }},
        {%- endfor %}
        count(*) filter (where checkout_steps > 0 and converted) as purchases,
        cast(
            sum(checkout_steps) filter (where checkout_steps > 0 and converted) as double
        ) as steps,
        cast(
            sum(checkout_steps * checkout_steps)
            filter (where checkout_steps > 0 and converted) as double
        ) as steps_squared
    from sessions
),

csat_channels as (
    select
        *,
        sum(n) over (partition by scale_id) as n_of_scale,
        {{ z_of_all_pairs('count(*) over (partition by scale_id)') }} as z
    from metrics
    -- a channel with few answers is extreme by chance
    where
        metric = 'csat'
        and scope = 'transactional'
        and dimension = 'channel'
        and member <> 'unknown'
        and not is_wide
),

-- Which channel is best and which worst is itself chance: the spread lies between the
-- largest of the lower and the largest of the upper ends of all pairs' intervals.
csat_spreads as (
    select
        one.scale_id,
        max(one.n_of_scale) as n_of_scale,
        max(one.value - other.value) as value,
        max({{ newcombe_low(
            'one.value', 'one.n_effective', 'other.value', 'other.n_effective', 'one.z'
        ) }}) as ci_low,
        max({{ newcombe_high(
            'one.value', 'one.n_effective', 'other.value', 'other.n_effective', 'one.z'
        ) }}) as ci_high
    from csat_channels as one
    inner join csat_channels as other
        on one.scale_id = other.scale_id and one.member <> other.member
    group by one.scale_id
),

shares as (
    select
        'error_session_rate' as sub_metric,
        cast(sessions_has_error as double) as numerator,
        n
    from session_counts
    union all
    select
        'rage_click_session_rate' as sub_metric,
        cast(sessions_has_rage_click as double) as numerator,
        n
    from session_counts
    union all
    select
        'marketing_opt_out_rate' as sub_metric,
        cast(count(*) filter (where not granted) as double) as numerator,
        count(*) as n
    from consents
    union all
    select
        'channel_continuity' as sub_metric,
        cast(sum(switches_judged - restarts) as double) as numerator,
        cast(coalesce(sum(switches_judged), 0) as bigint) as n
    from issues
),

shares_rated as (
    select
        sub_metric,
        n,
        numerator / n as value
    from shares
    where n > 0
),

steps as (
    select
        purchases as n,
        steps / purchases as value,
        {{ t_95('purchases - 1') }} * sqrt(
            (purchases * steps_squared - steps * steps)
            / (1.0e0 * purchases * purchases * (purchases - 1))
        ) as margin
    from session_counts
    where purchases > 1
),

sub_metrics as (
    select
        metric as sub_metric,
        n,
        value,
        ci_low,
        ci_high
    from metrics_ranked
    where place = 1
    union all
    select
        sub_metric,
        n,
        value,
        {{ wilson_low('value', 'n') }} as ci_low,
        {{ wilson_high('value', 'n') }} as ci_high
    from shares_rated
    union all
    select
        'channel_fit' as sub_metric,
        n,
        value,
        case when margin is not null then greatest(value - margin, 0) end as ci_low,
        case when margin is not null then least(value + margin, 1) end as ci_high
    from (
        select
            n,
            fits / n as value,
            -- of the people who might have been asked; what is staffed is as it is
            {{ t_95('(n - 1)') }} * sqrt(
                greatest(squares - fits * fits / n, 0) / nullif(n * (n - 1), 0)
            ) as margin
        from (
            select
                cast(sum(people) as bigint) as n,
                sum(people * fit) as fits,
                sum(people * fit * fit) as squares
            from preferences
            -- how much of one channel is staffed is not known: nor is the fit of them
            -- all
            having count(fit) = count(*)
        ) as fits_totalled
    ) as fits_averaged
    union all
    select
        'wait_p50_seconds' as sub_metric,
        wait_n as n,
        wait_p50_seconds as value,
        wait_p50_ci_low as ci_low,
        wait_p50_ci_high as ci_high
    from service
    where wait_n > 0
    union all
    select
        'checkout_steps_per_purchase' as sub_metric,
        n,
        value,
        value - margin as ci_low,
        value + margin as ci_high
    from steps
    union all
    select
        'errors_per_session' as sub_metric,
        n,
        1.0e0 * errors / n as value,
        {{ poisson_low('errors') }} / n as ci_low,
        {{ poisson_high('errors') }} / n as ci_high
    from session_counts
    where n > 0
    union all
    select
        'time_to_buy_p50_seconds' as sub_metric,
        cast(max(at_risk) as bigint) as n,
        {{ time_by_which(0.5) }} as value,
        {{ time_by_which(0.5, 'ci_low') }} as ci_low,
        {{ time_by_which(0.5, 'ci_high') }} as ci_high
    from purchase_curve
    having count(*) > 0
    union all
    select
        'mobile_ease_gap' as sub_metric,
        n + desktop_n as n,
        value,
        ci_low,
        ci_high
    from (
        select
            *,
            row_number() over (order by n desc, scale_id asc) as place
        from device_gaps
    ) as gaps_ranked
    where place = 1
    union all
    select
        'load_time_p75_seconds' as sub_metric,
        n,
        p75_seconds as value,
        p75_ci_low as ci_low,
        p75_ci_high as ci_high
    from load_times
    union all
    select
        'personalisation_lift' as sub_metric,
        treated_n + hold_out_n as n,
        value,
        ci_low,
        ci_high
    from lifts
    union all
    select
        'csat_channel_spread' as sub_metric,
        cast(n_of_scale as bigint) as n,
        value,
        -- no spread is below none
        case when ci_low is not null then greatest(ci_low, 0) end as ci_low,
        ci_high
    from (
        select
            *,
            row_number() over (order by n_of_scale desc, scale_id asc) as place
        from csat_spreads
    ) as spreads_ranked
    where place = 1
),

areas as (
    {% for area, names in areas.items() -%}
    {%- set is_last_area = loop.last -%}
    {%- for name in names -%}
    select
        '{{ area }}' as area,
        '{{ name }}' as sub_metric
    {{ 'union all' if not (is_last_area and loop.last) }}
    {% endfor -%}
    {%- endfor %}
),

sub_metrics_targeted as (
    select
        areas.area,
        areas.sub_metric,
        sub_metrics.n,
        sub_metrics.value,
        sub_metrics.ci_low,
        sub_metrics.ci_high,
        targets.target,
        catalogue.better = 'lower' as is_lower_better,
        -- nothing can be reached as a part of a target of none
        areas.sub_metric in ('mobile_ease_gap', 'personalisation_lift')
        and targets.target = 0 as is_difference
    from areas
    left join sub_metrics on areas.sub_metric = sub_metrics.sub_metric
    left join catalogue on areas.sub_metric = catalogue.metric
    left join targets
        on
            areas.sub_metric = targets.metric
            and targets.scope = case
                when areas.sub_metric in ('ces', 'ces_high_effort_rate')
                    then 'transactional'
                else 'all'
            end
),

sub_metrics_scored as (
    select
        *,
        {{ score_to_target('value', 'target', 'is_lower_better', 'is_difference') }}
            as score
    from sub_metrics_targeted
),

areas_scored as (
    select
        area,
        count(score) as scores,
        count(*) as sub_metrics,
        case when count(score) >= 2 then avg(score) end as score
    from sub_metrics_scored
    group by area
),

rows_shown as (
    select
        area,
        sub_metric,
        value,
        ci_low,
        ci_high,
        n,
        target,
        is_lower_better,
        score,
        coalesce(n, 0) as evidence,
        cast(null as bigint) as expected,
        value is not null as is_measured
    from sub_metrics_scored
    union all
    select
        area,
        'all' as sub_metric,
        score as value,
        null as ci_low,
        null as ci_high,
        null as n,
        null as target,
        false as is_lower_better,
        score,
        scores as evidence,
        sub_metrics as expected,
        score is not null as is_measured
    from areas_scored
    union all
    select
        'all' as area,
        'all' as sub_metric,
        case when count(score) >= 2 then avg(score) end as value,
        null as ci_low,
        null as ci_high,
        null as n,
        null as target,
        false as is_lower_better,
        case when count(score) >= 2 then avg(score) end as score,
        count(score) as evidence,
        count(*) as expected,
        count(score) >= 2 as is_measured
    from areas_scored
),

final as (
    select
        area,
        sub_metric,
        {%- for column in ['value', 'ci_low', 'ci_high', 'target', 'score'] %}
        {{ significant(column) }} as {{ column }},
        {%- endfor %}
        n,
        is_lower_better,
        evidence,
        expected,
        is_measured
    from rows_shown
)

select * from final
