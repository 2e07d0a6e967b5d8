-- Grain: one row per time that a rating was listed, and question in it. A number is its
-- step among those that the question accepts; one that it does not accept stays as it
-- is, and is out_of_scale.
with

tickets as (
    {{ freshdesk_tickets_known() }}
),

answered as (
    select
        *,
        {{ in_record('survey_id') }} as survey_id,
        {{ json_names(in_record('ratings')) }} as question_id
    from {{ source('raw_freshdesk', 'satisfaction_ratings') }}
),

answers as (
    select
        *,
        {{ json_text_of_column(in_record('ratings'), 'question_id') }} as rating,
        row_number() over (
            partition by _file_id, _record_number order by question_id
        ) - 1 as place
    from answered
),

steps as (
    {{ freshdesk_steps(newest_rows(
        source('raw_freshdesk', 'surveys'), 'source_system, ' ~ in_record('id')
    )) }}
),

answers_scored as (
    select
        answers.*,
        tickets.ticket_id,
        tickets.customer_id,
        case
            when steps.step is null then answers.rating
            when steps.scale_id = 'csat_thumbs' then cast(steps.step - 1 as varchar)
            else cast(steps.step as varchar)
        end as score
    from answers
    left join steps
        on
            answers.source_system = steps.source_system
            and answers.survey_id = steps.survey_id
            and answers.question_id = steps.question_id
            and answers.rating = steps.rating
    left join tickets
        on
            answers.source_system = tickets.source_system
            and {{ json_text('answers.record', 'ticket_id') }} = tickets.number
)

select {{ contract_row('survey_responses', 'freshdesk', row_in_record='place', given={
    'response_id': in_record('id'),
    'survey_id': 'survey_id',
    'question_id': 'question_id',
    'source_system': 'source_system',
    'responded_at': in_record('created_at'),
    'score': 'score',
    'text': "case when question_id = 'default_question' then " ~ in_record('feedback') ~ " end",
    'customer_id': first_of(['customer_id', in_record('user_id')]),
    'ticket_id': first_of(['ticket_id', in_record('ticket_id')]),
    'updated_at': in_record('updated_at'),
}) }}
from answers_scored
