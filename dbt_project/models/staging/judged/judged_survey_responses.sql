-- Grain: one row per row of survey_responses that was ever read, with its verdict.
{% set invitations %}
        select
            source_system,
            invitation_id,
            min(sent_at) as sent_at,
            min(load_id) as first_load_id
        from {{ ref('judged_survey_invitations') }}
        where verdict <> 'quarantined'
        group by source_system, invitation_id
{% endset %}
{% set joins %}
    left join {{ ref('ref_questions') }} as questions
        on
            rows_cast.source_system = questions.source_system
            and rows_cast.survey_id = questions.survey_id
            and rows_cast.question_id = questions.question_id
            and rows_cast.responded_at >= questions.in_force_from
            and rows_cast.responded_at < questions.in_force_until
    left join {{ ref('ref_scales') }} as scales
        on {{ scale_of_question('questions.scale_id', 'rows_cast.question_id') }} = scales.scale_id
    -- The invitation that the id names (macros/staging/named.sql), as known when the answer was
    -- read: one that a later load brings does not change the verdict.
    left join ({{ invitations }}) as own_invitations
        on
            rows_cast.source_system = own_invitations.source_system
            and rows_cast.invitation_id = own_invitations.invitation_id
            and own_invitations.first_load_id <= loads.last_load_of_run
    left join (
        select
            invitation_id,
            sent_at,
            first_load_id,
            -- never is a load beyond all: a condition of both sides would compare row by row
            lead(first_load_id, 1, 2147483647) over (
                partition by invitation_id order by first_load_id asc, source_system asc
            ) as ambiguous_from_load_id
        from ({{ invitations }}) as invitations
        qualify row_number() over (
            partition by invitation_id order by first_load_id asc, source_system asc
        ) = 1
    ) as only_invitations
        on
            rows_cast.invitation_id = only_invitations.invitation_id
            and only_invitations.first_load_id <= loads.last_load_of_run
            and loads.last_load_of_run < only_invitations.ambiguous_from_load_id
    -- A survey has weights from the first load on that brings one.
    left join (
        select
            source_system,
            survey_id,
            min(load_id) as first_load_id
        from (
            select source_system, survey_id, load_id from rows_cast where weight is not null
            {%- if is_incremental() %}
            union all
            select source_system, survey_id, load_id from {{ this }} where weight is not null
            {%- endif %}
        ) as weighted_rows
        group by source_system, survey_id
    ) as weighted_surveys
        on
            rows_cast.source_system = weighted_surveys.source_system
            and rows_cast.survey_id = weighted_surveys.survey_id
            and weighted_surveys.first_load_id <= loads.last_load_of_run
{% endset %}
{% set is_scored = 'rows_cast.score is not null and not coalesce(rows_cast.is_not_applicable, false)' %}
{% set checks = [
    {
        'code': 'unknown_scale',
        'when': is_scored ~ ' and scales.scale_id is null',
        'what': 'the question has no scale in survey_questions or scales',
    },
    {
        'code': 'unknown_scale',
        'when': is_scored ~ " and scales.metric like '%nps' and not (scales.min = 0 and scales.max = 10 and scales.step = 1)",
        'what': 'a promoter score needs the scale 0 to 10',
    },
    {
        'code': 'out_of_scale',
        'when': is_scored ~ ' and not rows_cast.score between scales.min and scales.max',
        'what': 'score lies outside its scale',
    },
    {
        'code': 'not_on_step',
        'when': is_scored ~ ' and abs((rows_cast.score - scales.min) / scales.step - round((rows_cast.score - scales.min) / scales.step)) > 1e-9',
        'what': 'score lies between two steps of its scale',
    },
    {
        'code': 'response_before_invitation',
        'when': 'rows_cast.responded_at < case when own_invitations.invitation_id is not null then own_invitations.sent_at else only_invitations.sent_at end',
        'what': 'responded_at is before the invitation was sent',
    },
    {
        'code': 'missing_weight',
        'when': 'rows_cast.weight is null and weighted_surveys.first_load_id is not null',
        'what': 'weight is blank in a survey that has weights',
    },
] %}
-- Answers whose question became known, or changed, since the answers were last built.
{% set anew %}
    select answers.key_hash
    from {{ this }} as answers
    inner join {{ ref('judged_survey_questions') }} as questions
        on
            answers.source_system = questions.source_system
            and answers.survey_id = questions.survey_id
            and answers.question_id = questions.question_id
    where
        questions.is_latest
        and questions.changed_in_load > {{ newest_in(this, 'changed_in_load') }}
    group by answers.key_hash
{% endset %}
{{ judged('survey_responses', joins=joins, checks=checks, anew=anew) }}
