-- Grain: one row per version of a survey and question that asks something.
with

questions as (
    {{ formbricks_questions(source('raw_formbricks', 'surveys')) }}
),

final as (
    select * from questions
    where is_asked
)

select {{ contract_row('survey_questions', 'formbricks', {
    'source_system': 'source_system',
    'survey_id': 'survey_id',
    'question_id': 'question_id',
    'scale_id': 'scale_id',
    'wording': 'wording',
    'language': 'default_language',
    'is_headline': "case when is_headline then 'true' else 'false' end",
    'position': 'cast(position as varchar)',
    'updated_at': in_record('updatedAt'),
}, row_in_record='position') }}
from final
