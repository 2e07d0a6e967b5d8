-- Grain: one row per version of a form and field that asks something. Only a field that
-- bears the bare name of its scale, or Typeform's own type nps, is a headline: others
-- ask about a part.
with

forms as (
    select * from {{ source('raw_typeform', 'forms') }}
),

fields as (
    {{ typeform_fields('forms') }}
),

final as (
    select * from fields
    where not is_private
)

select {{ contract_row('survey_questions', 'typeform', {
    'source_system': 'source_system',
    'survey_id': 'survey_id',
    'question_id': 'question_id',
    'scale_id': 'scale_id',
    'wording': 'wording',
    'language': in_record('settings.language'),
    'is_headline': "case when scale_id = question_id or field_type = 'nps' then 'true' "
    ~ "else 'false' end",
    'position': 'cast(position as varchar)',
    'updated_at': in_record('last_updated_at'),
}, row_in_record='position') }}
from final
