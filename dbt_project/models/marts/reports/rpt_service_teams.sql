-- Grain: one row per measure, scale, team (and all teams) and training of who handled
-- the contact (and all of them). All time. Teams only: a row rests on the work of at
-- least as many employees as answers must be to be shown, and so does what is left
-- when the others are subtracted.
-- Contacts of one employee are alike: they are kept together, as training goes with the
-- employee, not with the contact.
{%- set cell = ['measure', 'scale_id', 'team', 'training'] %}

with

contacts as (
    select * from {{ ref('int_contacts_handled') }}
),

contacts_handled as (
    select contact_key
    from contacts
    group by contact_key
),

-- What rpt_metrics shows of a team holds answers on contacts of nobody known too: the
-- difference must not show few of them.
answers_elsewhere as (
    select
        answers.scale_id,
        case
            when splits.by_team then coalesce(answers.team, 'unknown') else 'all'
        end as team,
        count(*) filter (where handled.contact_key is null) as n
    from {{ ref('fct_survey_responses') }} as answers
    left join contacts_handled as handled
        on answers.touchpoint_id = handled.contact_key
    cross join (values (false), (true)) as splits (by_team)
    where
        answers.is_counted
        and answers.is_headline
        and answers.metric = 'csat'
        and answers.scope = 'transactional'
    group by
        answers.scale_id,
        case
            when splits.by_team then coalesce(answers.team, 'unknown') else 'all'
        end
),

contacts_in_cells as (
    select
        contacts.measure,
        contacts.scale_id,
        case when splits.by_team then contacts.team else 'all' end as team,
        case when splits.by_training then contacts.training else 'all' end as training,
        contacts.employee_key,
        contacts.y,
        contacts.seconds,
        contacts.is_over
    from contacts
    cross join (
        values (false, false), (false, true), (true, false), (true, true)
    ) as splits (by_team, by_training)
),

employees as (
    select
        {{ cell | join(',\n        ') }},
        employee_key,
        count(*) as n,
        sum(y) as y
    from contacts_in_cells
    group by {{ cell | join(', ') }}, employee_key
),

samples as (
    {{ clustered_rates('employees', cell) }}
),

spells as (
    select * from contacts_in_cells
    where seconds is not null
),

curves as (
    {{ kaplan_meier('spells', cell, 'seconds', 'is_over') }}
),

medians as (
    select
        {{ cell | join(',\n        ') }},
        {{ time_by_which(0.5) }} as p50,
        {{ time_by_which(0.5, 'ci_low') }} as p50_ci_low,
        {{ time_by_which(0.5, 'ci_high') }} as p50_ci_high
    from curves
    group by {{ cell | join(', ') }}
),

valued as (
    select
        samples.measure,
        samples.scale_id,
        samples.team,
        samples.training,
        samples.clusters as employees,
        samples.n,
        samples.y,
        samples.n_effective,
        samples.y is null as is_duration,
        -- who answered is hidden below the least number too
        case
            when samples.measure = 'csat'
                then least(
                    samples.clusters,
                    samples.n,
                    coalesce(nullif(answers_elsewhere.n, 0), samples.n)
                )
            else samples.clusters
        end as fewest,
        coalesce(samples.p, medians.p50) as value,
        coalesce(
            {{ wilson_low('samples.p', 'samples.n_effective') }}, medians.p50_ci_low
        ) as ci_low,
        coalesce(
            {{ wilson_high('samples.p', 'samples.n_effective') }}, medians.p50_ci_high
        ) as ci_high
    from samples
    left join medians
        on
            {%- for column in cell %}
            samples.{{ column }} = medians.{{ column }}{{ ' and' if not loop.last }}
            {%- endfor %}
    left join answers_elsewhere
        on
            samples.measure = 'csat'
            and samples.scale_id = answers_elsewhere.scale_id
            and samples.team = answers_elsewhere.team
),

-- Trained, untrained and unknown add up to all: they are shown together or not at all.
families as (
    select
        measure,
        scale_id,
        training <> 'all' as is_by_training,
        team = 'all' as is_all_teams,
        team,
        min(fewest) as fewest
    from valued
    group by measure, scale_id, training <> 'all', team = 'all', team
),

families_judged as (
    select
        measure,
        scale_id,
        is_by_training,
        team,
        {{ suppressed(
            'fewest', ['measure', 'scale_id', 'is_by_training', 'is_all_teams'], 'team'
        ) }} as is_hidden
    from families
),

-- a team whose total is hidden is not shown in parts
teams_hidden as (
    select
        parts.measure,
        parts.scale_id,
        parts.is_by_training,
        parts.team,
        parts.is_hidden or wholes.is_hidden as is_hidden
    from families_judged as parts
    inner join families_judged as wholes
        on
            parts.measure = wholes.measure
            and parts.scale_id = wholes.scale_id
            and parts.team = wholes.team
    where not wholes.is_by_training
),

compared as (
    select
        valued.*,
        teams_hidden.is_hidden,
        valued.value - untrained.value as difference,
        {%- for end, other in [('low', 'high'), ('high', 'low')] %}
        {{ {'low': difference_low, 'high': difference_high}[end](
            'valued.value', 'valued.ci_' ~ end, 'untrained.value',
            'untrained.ci_' ~ other
        ) }} as difference_ci_{{ end }}{{ ',' if not loop.last }}
        {%- endfor %}
    from valued
    inner join teams_hidden
        on
            valued.measure = teams_hidden.measure
            and valued.scale_id = teams_hidden.scale_id
            and valued.team = teams_hidden.team
            and (valued.training <> 'all') = teams_hidden.is_by_training
    left join valued as untrained
        on
            valued.measure = untrained.measure
            and valued.scale_id = untrained.scale_id
            and valued.team = untrained.team
            and valued.training = 'trained'
            and untrained.training = 'untrained'
),

final as (
    select
        measure,
        scale_id,
        team,
        training,
        case when is_duration then 'seconds' else 'rate' end as unit,
        {%- for column in ['employees', 'n', 'y'] %}
        case when not is_hidden then cast({{ column }} as bigint) end
            as {{ {'y': 'numerator'}.get(column, column) }},
        {%- endfor %}
        {%- for column in [
            'n_effective', 'value', 'ci_low', 'ci_high', 'difference',
            'difference_ci_low', 'difference_ci_high',
        ] %}
        case when not is_hidden then {{ significant(column) }} end as {{ column }},
        {%- endfor %}
        is_hidden as is_suppressed,
        n < 30 as is_wide
    from compared
)

select * from final
