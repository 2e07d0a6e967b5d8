-- Grain: one row per version of a finished response and question that it answers with a
-- score, a text or a choice, and per answer that a later version has no more, which is
-- withdrawn. What a response holds under the name of a column is that column.
with

answers as (
    {{ formbricks_answers() }}
),

-- Of two addresses in one response it is not known whose they are.
addresses as (
    select
        _file_id,
        _record_number,
        {% for kind, place in [('email', 2), ('phone', 3)] -%}
        case
            when
                count(
                    {{ formbricks_address(kind, place) }}
                ) = 1
                then max({{ formbricks_address(kind, place) }})
        end as only_{{ kind }}{{ ',' if not loop.last }}
        {% endfor %}
    from answers
    group by _file_id, _record_number
),

final as (
    select
        answers.*,
        addresses.only_email,
        addresses.only_phone
    from answers
    inner join addresses
        on
            answers._file_id = addresses._file_id
            and answers._record_number = addresses._record_number
    where answers.is_said or answers.was_said
)

select {{ contract_row('survey_responses', 'formbricks', {
    'source_system': 'source_system',
    'response_id': in_record('id'),
    'survey_id': 'survey_id',
    'question_id': 'question_id',
    'responded_at': in_record('createdAt'),
    'score': 'score',
    'text': 'text',
    'selected': 'selected',
    'customer_id': first_of([
        in_record('data.customer_id'),
        in_record('contactAttributes.customer_id'),
        in_record('contactAttributes.userId')
    ]),
    'email': first_of([
        in_record('data.email'),
        in_record('data.verifiedEmail'),
        in_record('contactAttributes.email'),
        'only_email'
    ]),
    'phone': first_of([
        in_record('data.phone'), in_record('contactAttributes.phone'), 'only_phone'
    ]),
    'language': "case when " ~ in_record('language') ~ " = 'default' then default_language else "
    ~ in_record('language') ~ " end",
    'device': first_of([
        in_record('data.device'), 'lower(' ~ in_record('meta.userAgent.device') ~ ')'
    ]),
    'updated_at': in_record('updatedAt'),
    'is_deleted': "case when not is_said then 'true' end",
}, row_in_record='place', custom=['data']) }}
from final
