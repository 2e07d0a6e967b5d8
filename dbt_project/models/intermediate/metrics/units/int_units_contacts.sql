-- Grain: one row per issue or contact and yes or no that is decided about it.
{%- set dimensions = [
    'channel', 'touchpoint', 'stage', 'environment', 'segment', 'persona', 'country',
    'language', 'team',
] %}

with

issues as (
    select * from {{ ref('int_issues_followed') }}
    where is_mature
),

contacts as (
    select * from {{ ref('int_service_contacts') }}
),

channels as (
    select * from {{ ref('ref_channels') }}
),

-- Only of a bot's contact does it say something whether a human took over.
bot_contacts as (
    select contacts.*
    from contacts
    left join channels on contacts.channel = channels.channel
    where
        contacts.handed_over_to_human is not null
        and not coalesce(channels.is_assisted, false)
),

outbound_contacts as (
    select * from {{ ref('int_interactions_resolved') }}
    where direction = 'outbound' and is_personalised is not null
),

final as (
    select
        {{ metric_unit({
            'measure': "'fcr_repeat_window'",
            'person_key': 'customer_key',
            'day': local_date('opened_at'),
            'topic': 'topic',
            'y_main': 'case when is_resolved_first then 1 else 0 end',
        }, dimensions=dimensions) }}
    from issues
    union all
    -- net of what nobody at the first level can settle (metrics.md 2.12, Net FCR)
    select
        {{ metric_unit({
            'measure': "'fcr_repeat_window_net'",
            'person_key': 'customer_key',
            'day': local_date('opened_at'),
            'topic': 'topic',
            'y_main': 'case when is_resolved_first then 1 else 0 end',
        }, dimensions=dimensions) }}
    from issues
    where is_first_level_resolvable
    union all
    select
        {{ metric_unit({
            'measure': "'after_hours_share'",
            'person_key': 'coalesce(customer_key, -contact_key)',
            'day': local_date('occurred_at'),
            'topic': 'topic',
            'y_main': 'case when is_after_hours then 1 else 0 end',
        }, dimensions=dimensions) }}
    from contacts
    where is_after_hours is not null
    union all
    select
        {{ metric_unit({
            'measure': "'bot_containment_rate'",
            'person_key': 'coalesce(customer_key, -contact_key)',
            'day': local_date('occurred_at'),
            'topic': 'topic',
            'y_main': 'case when handed_over_to_human then 0 else 1 end',
        }, dimensions=dimensions) }}
    from bot_contacts
    union all
    select
        {{ metric_unit({
            'measure': "'personalised_contact_rate'",
            'person_key': 'coalesce(customer_key, -touchpoint_id)',
            'day': local_date('occurred_at'),
            'y_main': 'case when is_personalised then 1 else 0 end',
        }, dimensions=dimensions) }}
    from outbound_contacts
)

select * from final
