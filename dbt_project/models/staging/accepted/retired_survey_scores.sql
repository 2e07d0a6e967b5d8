-- Grain: one row per accepted answer whose score is another than an earlier version of
-- it had: the person changed the rating in the same survey. Staging keeps every version
-- that was ever read, so that the first score is the same whether the versions came in
-- one load or in ten.

with

versions as (
    select
        row_key,
        key_hash,
        updated_at,
        score,
        is_current
    from {{ ref('judged_survey_responses') }}
    where
        verdict in ('accepted', 'superseded')
        and score is not null
        and not coalesce(is_not_applicable, false)
),

keys_changed as (
    select key_hash
    from versions
    group by key_hash
    having min(score) <> max(score)
),

-- In the order in which versions replace each other: by `updated_at`, but one without
-- it replaces all that was read before.
versions_in_turns as (
    select
        versions.*,
        count(*) filter (where versions.updated_at is null) over (
            partition by versions.key_hash
            order by versions.row_key asc
            rows between unbounded preceding and current row
        ) as turn
    from versions
    inner join keys_changed on versions.key_hash = keys_changed.key_hash
),

versions_numbered as (
    select
        *,
        row_number() over (
            partition by key_hash
            order by turn asc, updated_at asc nulls first, row_key asc
        ) as version
    from versions_in_turns
),

final as (
    select
        max(case when is_current then row_key end) as row_key,
        max(case when version = 1 then score end) as first_score
    from versions_numbered
    group by key_hash
    -- withdrawn since, or without a score by now
    having bool_or(is_current)
)

select * from final
