-- Grain: one row per version of a feedback submission: the score of an NPS, CSAT or CES
-- survey, and what was written beside it.
with

submissions as (
    select
        *,
        {{ hubspot_property('hs_contact_id') }} as contact_id
    from {{ source('raw_hubspot', 'feedback_submissions') }}
),

contacts as (
    {{ hubspot_own_ids() }}
),

submissions_with_contact as (
    select
        submissions.*,
        coalesce(contacts.own_id, submissions.contact_id) as customer_id
    from submissions
    left join contacts
        on
            submissions.source_system = contacts.source_system
            and submissions.contact_id = contacts.contact_id
)

select {{ contract_row('survey_responses', 'hubspot', dict(hubspot_state(), **{
    'response_id': in_record('id'),
    'survey_id': hubspot_property('hs_survey_id'),
    'question_id': 'lower(' ~ hubspot_property('hs_survey_type') ~ ')',
    'responded_at': hubspot_property('hs_submission_timestamp'),
    'score': hubspot_property('hs_value'),
    'text': hubspot_property('hs_content'),
    'customer_id': 'customer_id',
    'channel': 'lower(' ~ hubspot_property('hs_survey_channel') ~ ')',
}), custom=['properties']) }}
from submissions_with_contact
