-- Grain: one row per version of an activity that is a call, an e-mail or a meeting.
-- One that is not done, or no more, is withdrawn. Pipedrive says neither who sought
-- whom nor at which touchpoint: an enquiry.
with

activities as (
    {{ pipedrive_records('activities', 'activity') }}
),

persons as (
    {{ pipedrive_own_ids('persons', 'person', 'customer_id') }}
),

contacts as (
    select
        activities.*,
        persons.own_id as person_id
    from activities
    left join persons
        on
            activities.source_system = persons.told_by
            and {{ json_text('activities.record', 'person_id') }}
            = persons.told_number
)

select {{ contract_row('interactions', 'pipedrive', given_or_custom({
    'interaction_id': 'own_number',
    'source_system': 'source_system',
    'occurred_at': pipedrive_occurred_at(),
    'channel': pipedrive_contact_channel(),
    'touchpoint': "'enquiry'",
    'customer_id': first_of(['person_id', in_record('person_id')]),
    'employee_id': in_record('owner_id'),
    'duration_seconds': pipedrive_seconds(),
    'updated_at': 'changed_at',
    'is_deleted': "case when " ~ in_record('done') ~ " = 'true' then is_gone"
    ~ " else 'true' end",
}, 'named'), custom=['named']) }}
from contacts
where {{ pipedrive_contact_channel() }} is not null
