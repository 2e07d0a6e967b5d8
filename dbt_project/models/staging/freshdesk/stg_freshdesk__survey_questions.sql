-- Grain: one row per time that a survey was listed, and question of it. The first of
-- them asks for the whole, the others for a part.
with

questions as (
    select
        _load_id,
        _file_id,
        _record_number,
        source_system,
        survey_id,
        question_id,
        wording,
        scale_id,
        place
    from ({{ freshdesk_steps(source('raw_freshdesk', 'surveys')) }}) as accepted
    group by all
)

select {{ contract_row('survey_questions', 'freshdesk', row_in_record='place', given={
    'survey_id': 'survey_id',
    'question_id': 'question_id',
    'source_system': 'source_system',
    'scale_id': 'scale_id',
    'wording': 'wording',
    'is_headline': "case when question_id = 'default_question' then 'true' else 'false' end",
    'position': 'cast(place as varchar)',
}) }}
from questions
