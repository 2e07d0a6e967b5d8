-- Grain: one row per version of a call, an e-mail, a meeting or a message of other
-- kind that somebody logged. HubSpot does not say at which touchpoint: an enquiry,
-- unless the company has a property `touchpoint`.
{%- set call = 'properties.hs_call_' %}
with

calls as (
    {{ hubspot_engagement(
        'calls', "'phone'",
        direction='lower(' ~ in_record(call ~ 'direction') ~ ')',
        outcome='lower(' ~ in_record(call ~ 'status') ~ ')',
        duration='cast(try_cast(' ~ in_record(call ~ 'duration') ~ ' as double) / 1000 as varchar)'
    ) }}
),

emails as (
    {{ hubspot_engagement(
        'emails', "'email'",
        direction="case " ~ hubspot_property('hs_email_direction')
        ~ " when 'INCOMING_EMAIL' then 'inbound' when 'FORWARDED_EMAIL' then 'inbound'"
        ~ " when 'EMAIL' then 'outbound' else lower("
        ~ hubspot_property('hs_email_direction') ~ ") end",
        outcome='lower(' ~ hubspot_property('hs_email_status') ~ ')'
    ) }}
),

meetings as (
    {{ hubspot_engagement(
        'meetings', "'field'", outcome='lower(' ~ hubspot_property('hs_meeting_outcome') ~ ')'
    ) }}
),

messages as (
    {{ hubspot_engagement(
        'communications', 'lower(' ~ hubspot_property('hs_communication_channel_type') ~ ')'
    ) }}
),

engagements as (
    select * from calls
    union all
    select * from emails
    union all
    select * from meetings
    union all
    select * from messages
)

select {{ contract_row('interactions', 'hubspot', dict(hubspot_state(), **{
    'interaction_id': in_record('id'),
    'occurred_at': hubspot_property('hs_timestamp'),
    'channel': 'channel_told',
    'touchpoint': first_of([hubspot_property('touchpoint'), "'enquiry'"]),
    'customer_id': 'contact_id',
    'direction': first_of(['direction_told', hubspot_property('direction')]),
    'employee_id': hubspot_property('hubspot_owner_id'),
    'duration_seconds': 'seconds_told',
    'outcome': first_of([hubspot_property('outcome'), 'outcome_told']),
}), custom=['properties']) }}
from engagements
