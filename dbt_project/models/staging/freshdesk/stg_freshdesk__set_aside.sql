-- Grain: one row per record that is no row of its own: groups, which are read with the
-- tickets, surveys that ask nothing, and ratings that say nothing.
with

records as (
    select
        *,
        'joined' as reason
    from {{ source('raw_freshdesk', 'groups') }}
    union all
    select
        surveys.*,
        'no_question' as reason
    from {{ source('raw_freshdesk', 'surveys') }} as surveys
    where
        not exists (
            select 1 from {{ ref('stg_freshdesk__survey_questions') }} as questions
            where
                questions.file_id = surveys._file_id
                and questions.record_number = surveys._record_number
        )
    union all
    select
        ratings.*,
        'no_answer' as reason
    from {{ source('raw_freshdesk', 'satisfaction_ratings') }} as ratings
    where
        not exists (
            select 1 from {{ ref('stg_freshdesk__survey_responses') }} as responses
            where
                responses.file_id = ratings._file_id
                and responses.record_number = ratings._record_number
        )
)

select {{ set_aside_row('freshdesk') }}
from records
