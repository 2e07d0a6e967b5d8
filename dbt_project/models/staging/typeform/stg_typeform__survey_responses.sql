-- Grain: one row per completed response and field that was answered with a score, a
-- text or a choice. A hidden field that bears a name of the contract is that column.
with

answers as (
    {{ typeform_answers() }}
),

-- Of two addresses in one response it is not known whose they are.
addresses as (
    select
        _file_id,
        _record_number,
        {% for kind in ('email', 'phone_number') -%}
        case
            when
                count(case when answer_type = '{{ kind }}' then address end) = 1
                then max(case when answer_type = '{{ kind }}' then address end)
        end as only_{{ kind }}{{ ',' if not loop.last }}
        {% endfor %}
    from answers
    group by _file_id, _record_number
),

final as (
    select
        answers.*,
        addresses.only_email,
        addresses.only_phone_number
    from answers
    inner join addresses
        on
            answers._file_id = addresses._file_id
            and answers._record_number = addresses._record_number
    where concat_ws('', answers.score, answers.text, answers.selected) <> ''
)

select {{ contract_row('survey_responses', 'typeform', {
    'source_system': 'source_system',
    'response_id': in_record('token'),
    'survey_id': 'survey_id',
    'question_id': 'question_id',
    'responded_at': in_record('submitted_at'),
    'score': 'score',
    'text': 'text',
    'selected': 'selected',
    'email': first_of([in_record('hidden.email'), 'only_email']),
    'phone': first_of([in_record('hidden.phone'), 'only_phone_number']),
    'device': first_of([
        in_record('hidden.device'), device_of_agent(in_record('metadata.user_agent'))
    ]),
    'updated_at': in_record('submitted_at'),
    'is_deleted': 'cast(null as varchar)',
}, row_in_record='place', custom=['hidden']) }}
from final
