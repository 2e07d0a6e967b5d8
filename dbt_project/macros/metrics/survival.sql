-- How long until something happens, when for some it has not happened yet (metrics.md 2.24).

-- Kaplan and Meier's product-limit curve (1958): a query with one row per group and time at which
-- somebody had the event or left.
--   relation: one row per unit; groups: its columns that name a group, together a group each;
--   duration: until the event, or until the unit was last seen, >= 0, in any unit;
--   event: boolean, false where the unit was only last seen (censored);
--   entry: duration at which the unit came under observation (left truncation); null: from 0.
-- Columns: groups, `duration`, at_risk, events, survival, ci_low, ci_high. Event and censoring at
-- one time: the event comes first, so who leaves then was still at risk. Who enters at a time is
-- at risk after it; a unit that leaves no later than it enters was never observed. The interval
-- is the log-log one on Greenwood's variance (R: survfit(conf.type = "log-log"); R's own default
-- is "log"); none before the first event and none at 0, where the variance is not defined.
{% macro kaplan_meier(relation, groups, duration, event, entry='null') -%}
    select
        {{ groups | join(', ') }},
        duration,
        at_risk,
        events,
        survival,
        case when survival > 0 and survival < 1
            then power(survival, exp({{ z_95() }} * sqrt(greenwood) / -ln(survival))) end as ci_low,
        case when survival > 0 and survival < 1
            then power(survival, exp(-{{ z_95() }} * sqrt(greenwood) / -ln(survival))) end as ci_high
    from (
        select
            *,
            -- once all who are left have the event nobody survives; ln(0) is never asked
            case when min(case when events > 0 then at_risk - events end) over so_far = 0
                then 0.0e0
                else exp(sum(case when events > 0 and events < at_risk
                    then ln(1 - 1.0e0 * events / at_risk) else 0.0e0 end) over so_far)
            end as survival,
            sum(case when events > 0 and events < at_risk
                then 1.0e0 * events / (1.0e0 * at_risk * (at_risk - events)) end) over so_far
                as greenwood
        from (
            select
                *,
                sum(entered - gone) over (
                    partition by {{ groups | join(', ') }} order by duration
                    rows between unbounded preceding and current row
                ) + gone - entered_now as at_risk
            from (
                select
                    {{ groups | join(', ') }},
                    duration,
                    sum(events) as events,
                    sum(gone) as gone,
                    sum(entered) as entered,
                    sum(entered_now) as entered_now
                from (
                    select
                        {{ groups | join(', ') }}, {{ duration }} as duration,
                        case when {{ event }} then 1 else 0 end as events, 1 as gone,
                        0 as entered, 0 as entered_now
                    from {{ relation }}
                    where coalesce({{ entry }} < {{ duration }}, {{ duration }} is not null)
                    union all
                    select
                        {{ groups | join(', ') }}, coalesce({{ entry }}, 0) as duration,
                        0 as events, 0 as gone,
                        1 as entered, case when {{ entry }} is not null then 1 else 0 end as entered_now
                    from {{ relation }}
                    where coalesce({{ entry }} < {{ duration }}, {{ duration }} is not null)
                ) as moments
                group by {{ groups | join(', ') }}, duration
            ) as moments_summed
        ) as moments_at_risk
        window so_far as (
            partition by {{ groups | join(', ') }} order by duration
            rows between unbounded preceding and current row
        )
    ) as curve
{%- endmacro %}

-- Of the rows of one curve, the first time by which a share of the units had the event: 0.5 for
-- the median. Null: not reached. curve: which column, for the median's own interval ci_low gives
-- the lower and ci_high the upper end (Brookmeyer and Crowley 1982). An aggregate.
{% macro time_by_which(share, curve='survival') -%}
    {#- a product of fractions that makes one half may miss it by the last bit -#}
    min(duration) filter (where {{ curve }} <= {{ 1 - share }}e0 + 1.0e-9)
{%- endmacro %}
