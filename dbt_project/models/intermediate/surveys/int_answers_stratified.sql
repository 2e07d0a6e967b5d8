-- Grain: one row per counted answer and dimension of its survey's frame, with the
-- stratum of the person who answered (null: not known), and one per stratum from which
-- nobody answered, without an answer. analytics.survey_weights is computed from it.

with

answers as (
    select * from {{ ref('fct_survey_responses') }}
    where is_counted
),

people as (
    select * from {{ ref('int_people_profiled') }}
),

strata as (
    select
        source_system,
        survey_id,
        stratum_dimension,
        stratum,
        population,
        count(*) over (partition by source_system, survey_id, stratum_dimension)
        = count(*) over (partition by source_system, survey_id) as is_only_dimension,
        count(*) over (partition by source_system, survey_id, stratum) = 1
            as is_of_one_dimension
    from {{ ref('accepted_survey_frame') }}
    where population > 0
),

dimensions as (
    select
        source_system,
        survey_id,
        stratum_dimension,
        is_only_dimension
    from strata
    group by source_system, survey_id, stratum_dimension, is_only_dimension
),

questions as (
    select
        source_system,
        survey_id,
        question_id
    from answers
    group by source_system, survey_id, question_id
),

answers_placed as (
    select
        answers.source_system,
        answers.survey_id,
        answers.question_id,
        answers.answer_key,
        dimensions.stratum_dimension,
        coalesce(
            -- the survey's own word, where it can mean only one dimension
            case when dimensions.is_only_dimension then answers.stratum end,
            own_words.stratum,
            case dimensions.stratum_dimension
                {%- for dimension in [
                    'segment', 'country', 'language', 'persona', 'channel', 'device',
                ] %}
                when '{{ dimension }}' then answers.{{ dimension }}
                {%- endfor %}
                {%- for dimension in [
                    'gender', 'region', 'city', 'acquisition_channel',
                ] %}
                when '{{ dimension }}' then people.{{ dimension }}
                {%- endfor %}
            end
        ) as stratum
    from answers
    inner join dimensions
        on
            answers.source_system = dimensions.source_system
            and answers.survey_id = dimensions.survey_id
    left join strata as own_words
        on
            answers.source_system = own_words.source_system
            and answers.survey_id = own_words.survey_id
            and answers.stratum = own_words.stratum
            and dimensions.stratum_dimension = own_words.stratum_dimension
            and own_words.is_of_one_dimension
    left join people on answers.customer_key = people.customer_key
),

strata_asked as (
    select
        strata.*,
        questions.question_id
    from strata
    inner join questions
        on
            strata.source_system = questions.source_system
            and strata.survey_id = questions.survey_id
),

united as (
    select
        coalesce(placed.source_system, strata.source_system) as source_system,
        coalesce(placed.survey_id, strata.survey_id) as survey_id,
        coalesce(placed.question_id, strata.question_id) as question_id,
        coalesce(placed.stratum_dimension, strata.stratum_dimension) as dimension,
        -- a stratum that the frame does not know is as good as none
        strata.stratum,
        strata.population,
        placed.answer_key
    from answers_placed as placed
    full outer join strata_asked as strata
        on
            placed.source_system = strata.source_system
            and placed.survey_id = strata.survey_id
            and placed.question_id = strata.question_id
            and placed.stratum_dimension = strata.stratum_dimension
            and placed.stratum = strata.stratum
),

final as (
    select
        {{ key_of(
            "'question:' || source_system || ':' || survey_id || ':' || question_id"
        ) }} as question_key,
        survey_id,
        dimension,
        stratum,
        population,
        answer_key
    from united
)

select * from final
