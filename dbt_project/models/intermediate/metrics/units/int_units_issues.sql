-- Grain: one row per issue that is over; once more where it is known of a change of
-- channel whether the story had to be told again; and one per such change.
{%- set dimensions = ['channel', 'segment', 'persona', 'country', 'language', 'team'] %}

with

customers as (
    select * from {{ ref('dim_customers') }}
    where not (is_test or is_employee)
),

issues as (
    select
        issues.customer_key,
        issues.first_contact_at,
        issues.channels,
        issues.switches_judged,
        issues.restarts,
        issues.first_channel as channel,
        issues.first_team as team,
        customers.segment,
        customers.persona,
        customers.country,
        customers.language
    from {{ ref('fct_issues') }} as issues
    inner join customers on issues.customer_key = customers.customer_key
    where issues.is_over
),

-- under the channel the person came to, not the one they left
switches as (
    select
        contacts.customer_key,
        contacts.occurred_at,
        contacts.is_context_kept,
        contacts.channel,
        contacts.team,
        customers.segment,
        customers.persona,
        customers.country,
        customers.language
    from {{ ref('int_contact_issues') }} as contacts
    inner join customers on contacts.customer_key = customers.customer_key
    where contacts.is_context_kept is not null
),

final as (
    select
        {{ metric_unit({
            'measure': "'multi_channel_share'",
            'person_key': 'customer_key',
            'day': local_date('first_contact_at'),
            'y_main': 'case when channels > 1 then 1 else 0 end',
        }, dimensions=dimensions) }}
    from issues
    union all
    select
        {{ metric_unit({
            'measure': "'repeat_your_story_rate'",
            'person_key': 'customer_key',
            'day': local_date('first_contact_at'),
            'y_main': 'case when restarts > 0 then 1 else 0 end',
        }, dimensions=dimensions) }}
    from issues
    where switches_judged > 0
    union all
    select
        {{ metric_unit({
            'measure': "'continuity_rate'",
            'person_key': 'customer_key',
            'day': local_date('occurred_at'),
            'y_main': 'case when is_context_kept then 1 else 0 end',
        }, dimensions=dimensions) }}
    from switches
)

select * from final
