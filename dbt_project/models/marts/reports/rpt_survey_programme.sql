-- Grain: one row per survey (or all of them), indicator and detail: how well the asking
-- itself works (metrics.md 2.4), and how many answers a score needs (2.1).
{%- set quarantine = var('survey_quarantine_days') %}

with

metrics as (
    select * from {{ ref('rpt_metrics') }}
    where period_grain = 'all'
),

invitations as (
    select * from {{ ref('int_invitations_answered') }}
    where is_eligible and not is_bounced
),

answers as (
    select * from {{ ref('fct_survey_responses') }}
),

questions as (
    select * from {{ ref('ref_questions') }}
),

touchpoints as (
    select
        customer_key,
        touchpoint,
        occurred_at
    from {{ ref('fct_touchpoints') }}
    where direction = 'inbound' or touchpoint = 'delivery'
),

customers as (
    select customer_key from {{ ref('dim_customers') }}
    where not is_test and not is_employee
),

nonresponse as (
    select * from {{ source('analytics', 'nonresponse') }}
),

survey_weights as (
    select * from {{ source('analytics', 'survey_weights') }}
),

-- The rates of rpt_metrics, here beside the rest of their survey.
rates as (
    select
        case when dimension = 'all' then 'all' else member end as survey_id,
        metric as indicator,
        'all' as detail,
        'rate' as unit,
        numerator,
        denominator,
        n,
        value,
        ci_low,
        ci_high
    from metrics
    where
        metric in ('bounce_rate', 'response_rate', 'completion_rate')
        and dimension in ('all', 'survey')
),

-- Who began and did not finish: what the completion rate leaves.
break_offs as (
    select
        survey_id,
        'break_off_rate' as indicator,
        detail,
        unit,
        denominator - numerator as numerator,
        denominator,
        n,
        1 - value as value,
        1 - ci_high as ci_low,
        1 - ci_low as ci_high
    from rates
    where indicator = 'completion_rate'
),

-- Who was asked anything, of those who had something to be asked about.
people_met as (
    select
        touchpoints.customer_key,
        max(case when invitations.customer_key is not null then 1 else 0 end)
            as was_asked
    from touchpoints
    inner join customers on touchpoints.customer_key = customers.customer_key
    left join invitations on touchpoints.customer_key = invitations.customer_key
    group by touchpoints.customer_key
),

-- Between two invitations to the same person a while should pass, whoever sends them.
invitations_numbered as (
    select
        *,
        {{ seconds_between(
            'lag(asked_at) over ('
            ~ 'partition by customer_key order by asked_at, invitation_key)',
            'asked_at'
        ) }} < {{ quarantine }} * 86400 as is_too_soon,
        count(*) over (
            partition by customer_key
            order by asked_at
            range between interval '365' day preceding and current row
        ) as number_in_year
    from invitations
    where customer_key is not null
),

-- Answers to a survey in the order of its questions, and the last one that was given.
answers_placed as (
    select
        answers.survey_id,
        answers.source_system,
        answers.response_id,
        answers.question_id,
        questions.position,
        max(questions.position) over (
            partition by
                answers.source_system, answers.survey_id, answers.response_id
        ) as last_position,
        max(questions.position) over (
            partition by answers.source_system, answers.survey_id
        ) as end_position
    from answers
    inner join questions
        on
            answers.source_system = questions.source_system
            and answers.survey_id = questions.survey_id
            and answers.question_id = questions.question_id
            and answers.responded_at >= questions.in_force_from
            and answers.responded_at < questions.in_force_until
    where questions.position is not null
),

counted as (
    select
        'all' as survey_id,
        'coverage_rate' as indicator,
        'all' as detail,
        sum(was_asked) as numerator,
        count(*) as denominator
    from people_met
    having count(*) > 0
    union all
    select
        'all' as survey_id,
        'asked_too_soon_rate' as indicator,
        '{{ quarantine }} days' as detail,
        sum(case when is_too_soon then 1 else 0 end) as numerator,
        count(*) as denominator
    from invitations_numbered
    having count(*) > 0
    union all
    select
        'all' as survey_id,
        'response_rate_by_invitation' as indicator,
        case
            when number_in_year >= 6 then '6 or more in a year'
            else cast(number_in_year as varchar) || ' in a year'
        end as detail,
        sum(case when is_completed then 1 else 0 end) as numerator,
        count(*) as denominator
    from invitations_numbered
    group by
        case
            when number_in_year >= 6 then '6 or more in a year'
            else cast(number_in_year as varchar) || ' in a year'
        end
    union all
    select
        survey_id,
        'last_answer_rate' as indicator,
        question_id as detail,
        sum(case when last_position = position then 1 else 0 end) as numerator,
        count(*) as denominator
    from answers_placed
    where position < end_position
    group by survey_id, question_id
),

counted_rates as (
    select
        *,
        cast(numerator as double) / denominator as value
    from counted
),

-- Of codes 1, 0 and -1: their mean, p - d, and their variance, p + d - (p - d)^2.
promoter_shares as (
    select
        series.measure,
        series.scope,
        series.scale_id,
        series.weighting,
        members.member,
        totals.v_main as v,
        (totals.v_main + totals.mean_main * totals.mean_main + totals.mean_main) / 2
            as promoters,
        (totals.v_main + totals.mean_main * totals.mean_main - totals.mean_main) / 2
            as detractors
    from {{ ref('int_metric_totals') }} as totals
    inner join {{ ref('int_metric_series') }} as series
        on totals.series_id = series.series_id
    inner join {{ ref('int_metric_members') }} as members
        on totals.member_id = members.member_id
    inner join {{ ref('int_metric_periods') }} as periods
        on totals.period_id = periods.period_id
    where members.dimension = 'survey' and periods.period_grain = 'all'
),

-- How many people a survey's frame speaks of. Where its dimensions disagree, or it
-- gives shares (of 1, of 100), that is not known.
populations as (
    select
        survey_id,
        cast(min(population) as bigint) as population
    from (
        select
            source_system,
            survey_id,
            stratum_dimension,
            sum(population) as population,
            bool_or(population <> floor(population)) as has_fractions
        from {{ ref('accepted_survey_frame') }}
        group by source_system, survey_id, stratum_dimension
    ) as frames
    group by survey_id
    having
        min(population) = max(population)
        and min(population) <> 100
        and not bool_or(has_fractions)
),

-- What the weights cost in certainty, and how many answers a margin needs.
headline_scores as (
    select
        metrics.member as survey_id,
        metrics.metric || ' ' || metrics.scope || ' ' || metrics.scale_id as detail,
        metrics.scope,
        metrics.weighting,
        metrics.unit,
        metrics.n,
        metrics.n_effective,
        metrics.value,
        metrics.numerator,
        metrics.denominator,
        shares.promoters,
        shares.detractors,
        -- where nobody differs nothing says how many would have to be asked
        nullif(
            case
                when metrics.unit = 'points' then shares.v
                else metrics.value * (1 - metrics.value)
            end,
            0
        ) as v
    from metrics
    left join promoter_shares as shares
        on
            metrics.metric = shares.measure
            and metrics.scope = shares.scope
            and metrics.scale_id = shares.scale_id
            and metrics.weighting = shares.weighting
            and metrics.member = shares.member
    where
        metrics.dimension = 'survey'
        and metrics.unit in ('points', 'rate')
        and metrics.scope in ('relational', 'transactional')
        and not metrics.is_suppressed
),

-- One answer per person, so that it is known how many of all are still unheard.
scores_of_populations as (
    select
        scores.*,
        populations.population,
        {{ finite_population_factor('scores.n', 'populations.population') }} as factor
    from headline_scores as scores
    inner join populations on scores.survey_id = populations.survey_id
    where scores.scope = 'relational' and populations.population > scores.n
),

survey_residuals as (
    select
        answers.survey_id,
        survey_weights.weighting,
        answers.question_id,
        max(survey_weights.residual) as residual,
        count(*) as n
    from survey_weights
    inner join answers on survey_weights.answer_key = answers.answer_key
    group by answers.survey_id, survey_weights.weighting, answers.question_id
),

figures as (
    select
        survey_id,
        indicator,
        detail,
        unit,
        numerator,
        denominator,
        n,
        value,
        ci_low,
        ci_high,
        cast(null as bigint) as population
    from rates
    union all
    select
        *,
        null as population
    from break_offs
    union all
    select
        survey_id,
        indicator,
        detail,
        'rate' as unit,
        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator,
        denominator as n,
        value,
        {{ wilson_low('value', 'denominator') }} as ci_low,
        {{ wilson_high('value', 'denominator') }} as ci_high,
        null as population
    from counted_rates
    union all
    select
        survey_id,
        'design_effect' as indicator,
        weighting || ': ' || detail as detail,
        'ratio' as unit,
        cast(n as double) as numerator,
        n_effective as denominator,
        n,
        n / n_effective as value,
        null as ci_low,
        null as ci_high,
        null as population
    from headline_scores
    where n_effective > 0 and weighting <> 'none'
    union all
    {% for unit, points in [
        ('rate', 5), ('points', 10), ('points', 5), ('points', 2),
    ] -%}
    select
        survey_id,
        'answers_needed_for_{{ points }}_points' as indicator,
        detail,
        'answers' as unit,
        null as numerator,
        null as denominator,
        n,
        {{ needed_n('v', points / 100 ~ 'e0') }} as value,
        null as ci_low,
        null as ci_high,
        null as population
    from headline_scores
    where unit = '{{ unit }}' and weighting = 'none'
    union all
    {% endfor -%}
    select
        survey_id,
        'score_of_population' as indicator,
        case when weighting <> 'none' then weighting || ': ' else '' end || detail
            as detail,
        unit,
        numerator,
        denominator,
        n,
        value,
        case unit
            when 'points'
                then {{ nps_adjusted_wald_low(
                    'promoters', 'detractors', 'n_effective', 'factor'
                ) }}
            else {{ wilson_low('value', '(n_effective / (factor * factor))') }}
        end as ci_low,
        case unit
            when 'points'
                then {{ nps_adjusted_wald_high(
                    'promoters', 'detractors', 'n_effective', 'factor'
                ) }}
            else {{ wilson_high('value', '(n_effective / (factor * factor))') }}
        end as ci_high,
        population
    from scores_of_populations
    union all
    select
        survey_id,
        'weighting_residual' as indicator,
        weighting || ': ' || question_id as detail,
        'rate' as unit,
        null as numerator,
        null as denominator,
        n,
        residual as value,
        null as ci_low,
        null as ci_high,
        null as population
    from survey_residuals
    union all
    select
        survey_id,
        'nonresponse_p_value' as indicator,
        basis || ': ' || known_column as detail,
        'probability' as unit,
        chi2 as numerator,
        cast(degrees_of_freedom as double) as denominator,
        cast(answered as bigint) as n,
        p as value,
        null as ci_low,
        null as ci_high,
        null as population
    from nonresponse
    union all
    select
        survey_id,
        'nonresponse_difference' as indicator,
        basis || ': ' || known_column || ' ' || largest_difference_member as detail,
        'standard deviations' as unit,
        null as numerator,
        null as denominator,
        cast(answered as bigint) as n,
        largest_difference as value,
        null as ci_low,
        null as ci_high,
        null as population
    from nonresponse
),

final as (
    select
        survey_id,
        indicator,
        detail,
        unit,
        {%- for column in ['numerator', 'denominator'] %}
        {{ significant(column) }} as {{ column }},
        {%- endfor %}
        n,
        {%- for column in ['value', 'ci_low', 'ci_high'] %}
        {{ significant(column) }} as {{ column }},
        {%- endfor %}
        population
    from figures
)

select * from final
