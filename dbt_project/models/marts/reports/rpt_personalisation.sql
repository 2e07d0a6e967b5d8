-- Grain: one row per campaign, and one for all together, and outcome: people who were
-- drawn for the personal message against those who were held out.
{%- set groups = ['treated', 'hold_out'] %}

with

people as (
    select * from {{ ref('int_personalisation_tests') }}
),

people_by_campaign as (
    select
        people.*,
        campaign_id as campaign
    from people
    union all
    select
        people.*,
        'all' as campaign
    from people
),

mixed as (
    select
        campaign,
        count(*) filter (where is_mixed) as people_in_both_groups
    from people_by_campaign
    group by campaign
),

-- A person may be drawn for several campaigns: one row per person all the same.
persons as (
    {% for outcome, has_done in [
        ('purchase_rate', 'has_purchased'), ('opt_out_rate', 'has_opted_out'),
    ] -%}
    select
        campaign,
        '{{ outcome }}' as outcome,
        is_hold_out,
        customer_key,
        count(*) as n,
        count(*) filter (where {{ has_done }}) as y
    from people_by_campaign
    where not is_mixed
    group by campaign, is_hold_out, customer_key
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

samples as (
    {{ clustered_rates('persons', ['campaign', 'outcome', 'is_hold_out']) }}
),

comparisons as (
    select
        treated.campaign,
        treated.outcome,
        {%- for group in groups %}
        cast({{ group }}.y as bigint) as {{ group }}_numerator,
        cast({{ group }}.n as bigint) as {{ group }}_n,
        {{ group }}.p as {{ group }}_rate,
        {%- endfor %}
        treated.p - hold_out.p as value,
        {%- for end in ['low', 'high'] %}
        {{ {'low': newcombe_low, 'high': newcombe_high}[end](
            'treated.p', 'treated.n_effective', 'hold_out.p', 'hold_out.n_effective'
        ) }} as ci_{{ end }}{{ ',' if not loop.last }}
        {%- endfor %}
    from samples as treated
    inner join samples as hold_out
        on
            treated.campaign = hold_out.campaign
            and treated.outcome = hold_out.outcome
    where not treated.is_hold_out and hold_out.is_hold_out
),

final as (
    select
        comparisons.campaign,
        comparisons.outcome,
        {%- for group in groups %}
        comparisons.{{ group }}_numerator,
        comparisons.{{ group }}_n,
        {{ significant('comparisons.' ~ group ~ '_rate') }} as {{ group }}_rate,
        {%- endfor %}
        {%- for column in ['value', 'ci_low', 'ci_high'] %}
        {{ significant('comparisons.' ~ column) }} as {{ column }},
        {%- endfor %}
        mixed.people_in_both_groups
    from comparisons
    inner join mixed on comparisons.campaign = mixed.campaign
)

select * from final
