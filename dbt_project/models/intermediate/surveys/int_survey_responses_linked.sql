-- Grain: one row per accepted answer, with its person, its scale and the contact it is
-- about.
{%- set kinds = ['customer_id', 'email', 'phone', 'anonymous_id'] %}

with

responses as (
    select * from {{ ref('accepted_survey_responses') }}
),

invitations as (
    select
        invitations.*,
        {{ person_of(['customer_id', 'email', 'phone']) }} as customer_key
    from {{ ref('accepted_survey_invitations') }} as invitations
    {{ person_joins('invitations', ['customer_id', 'email', 'phone']) }}
),

questions as (
    select * from {{ ref('ref_questions') }}
),

scales as (
    select * from {{ ref('ref_scales') }}
),

retired_survey_scores as (
    select * from {{ ref('retired_survey_scores') }}
),

responses_joined as (
    select
        responses.*,
        {{ person_of(kinds) }} as named_customer_key,
        invitations.customer_key as invited_customer_key,
        invitations.source_system as invitation_system,
        {%- for contact in contacts_named() %}
        coalesce(responses.{{ contact }}_id, invitations.{{ contact }}_id)
            as about_{{ contact }}_id,
        case
            when responses.{{ contact }}_id is not null then responses.source_system
            else invitations.source_system
        end as about_{{ contact }}_by,
        {%- endfor %}
        coalesce(responses.channel, invitations.channel) as asked_on_channel,
        coalesce(responses.touchpoint, questions.touchpoint) as asked_about_touchpoint,
        questions.driver,
        -- without survey_questions the questions that bear a default scale's name are
        -- headline
        coalesce(
            questions.is_headline, responses.question_id in ({{ default_scales() }})
        ) as is_headline,
        scales.scale_id,
        scales.metric,
        scales.min as scale_min,
        scales.max as scale_max,
        scales.direction,
        scales.top_box_from,
        scales.bottom_box_to,
        scales.promoter_from,
        scales.detractor_to,
        coalesce(retired_survey_scores.first_score, responses.score) as first_score
    from responses
    left join retired_survey_scores on responses.row_key = retired_survey_scores.row_key
    {{ named_joins(
        'responses', 'invitation', ref('accepted_survey_invitations'), 'invitation_id'
    ) }}
    left join invitations
        on
            {{ named_system('invitation') }} = invitations.source_system
            and responses.invitation_id = invitations.invitation_id
    left join questions
        on
            responses.source_system = questions.source_system
            and responses.survey_id = questions.survey_id
            and responses.question_id = questions.question_id
            and responses.responded_at >= questions.in_force_from
            and responses.responded_at < questions.in_force_until
    left join scales
        on
            {{ scale_of_question('questions.scale_id', 'responses.question_id') }}
            = scales.scale_id
    {{ person_joins('responses', kinds) }}
),

final as (
    select
        responses_joined.*,
        {{ contact_of('responses_joined', 'responses_joined.responded_at') }}
            as touchpoint_id
    from responses_joined
    {{ contact_joins('responses_joined') }}
)

select * from final
