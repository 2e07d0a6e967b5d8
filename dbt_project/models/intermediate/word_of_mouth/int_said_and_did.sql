-- Grain: one row per deed and person who said how likely a recommendation is: what
-- each did in the days after the answer (metrics.md 2.22). The clock starts at the
-- answer (landmark), and only answers count whose days are over; of several the last.
{%- set days = 90 %}

with

answers as (
    select * from {{ ref('fct_survey_responses') }}
    where
        metric = 'nps'
        and scope = 'relational'
        and is_headline
        and is_counted
        and customer_key is not null
),

as_of as (
    select
        as_of,
        {{ local_date('as_of') }} as as_of_day
    from {{ ref('int_as_of') }}
),

threshold as (
    select days as threshold_days from {{ ref('int_inactivity_thresholds') }}
    where share_pct = 90
),

answers_landmarked as (
    select
        answers.customer_key,
        answers.category,
        answers.responded_at,
        {{ local_date('answers.responded_at') }} as answer_day,
        answers.answer_key,
        {{ dbt.datediff(
            local_date('answers.responded_at'), 'as_of.as_of_day', 'day'
        ) }}
            as age,
        threshold.threshold_days
    from answers
    cross join as_of
    left join threshold on true
),

{% for name, window in [('quarter', days), ('silence', 'threshold_days')] -%}
said_before_{{ name }} as (
    select *
    from (
        select
            *,
            row_number() over (
                partition by customer_key
                order by responded_at desc, answer_key desc
            ) as place
        from answers_landmarked
        where age > {{ window }}
    ) as answers_ranked
    where place = 1
),

{% endfor -%}
referred as (
    select
        said.customer_key,
        count(*) as referrals
    from said_before_quarter as said
    inner join {{ ref('int_referrals') }} as referrals
        on
            said.customer_key = referrals.referrer_key
            and said.responded_at < referrals.referred_at
            and referrals.referred_at < said.responded_at + interval '{{ days }}' day
    group by said.customer_key
),

-- Active buyers at the answer, and whether any purchase followed; who had been silent
-- for longer had left before, whatever the answer says.
bought as (
    select
        said.customer_key,
        bool_or(
            purchases.day > said.answer_day
            and {{ dbt.datediff('said.answer_day', 'purchases.day', 'day') }}
            <= said.threshold_days
        ) as has_returned
    from said_before_silence as said
    inner join {{ ref('int_purchase_days') }} as purchases
        on said.customer_key = purchases.customer_key
    group by said.customer_key
    having bool_or(
        purchases.day <= said.answer_day
        and {{ dbt.datediff('purchases.day', 'said.answer_day', 'day') }}
        <= said.threshold_days
    )
),

-- Subscribers at the answer, and whether a contract was left after the days.
subscribed as (
    select
        said.customer_key,
        bool_or(
            subscriptions.started_at <= said.responded_at + interval '{{ days }}' day
            and coalesce(
                subscriptions.ended_at > said.responded_at + interval '{{ days }}' day,
                true
            )
        ) as is_kept
    from said_before_quarter as said
    inner join {{ ref('int_subscriptions_resolved') }} as subscriptions
        on said.customer_key = subscriptions.customer_key
    group by said.customer_key
    having bool_or(
        subscriptions.started_at <= said.responded_at
        and coalesce(subscriptions.ended_at > said.responded_at, true)
    )
),

final as (
    select
        'referral_rate_after_answer' as metric,
        {{ days }} as window_days,
        said.customer_key,
        said.category,
        said.responded_at,
        referred.customer_key is not null as is_done
    from said_before_quarter as said
    left join referred on said.customer_key = referred.customer_key
    union all
    select
        'lapse_rate_after_answer' as metric,
        said.threshold_days as window_days,
        said.customer_key,
        said.category,
        said.responded_at,
        not bought.has_returned as is_done
    from said_before_silence as said
    inner join bought on said.customer_key = bought.customer_key
    union all
    select
        'subscription_churn_rate_after_answer' as metric,
        {{ days }} as window_days,
        said.customer_key,
        said.category,
        said.responded_at,
        not subscribed.is_kept as is_done
    from said_before_quarter as said
    inner join subscribed on said.customer_key = subscribed.customer_key
)

select * from final
