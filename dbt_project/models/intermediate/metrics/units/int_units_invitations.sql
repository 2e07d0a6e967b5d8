-- Grain: one row per invitation of somebody who could answer and rate it counts in.
{%- set dimensions = [
    'channel', 'touchpoint', 'stage', 'environment', 'segment', 'persona', 'country',
    'language', 'team', 'survey',
] %}

with

invitations as (
    select
        *,
        survey_id as survey
    from {{ ref('int_invitations_answered') }}
    where is_eligible
),

final as (
    {% for measure, denominator, numerator in [
        ('response_rate', 'not is_bounced', 'is_completed'),
        ('completion_rate', 'is_started', 'is_completed'),
        ('bounce_rate', 'is_sent', 'is_bounced'),
    ] -%}
    select
        {{ metric_unit({
            'measure': "'" ~ measure ~ "'",
            'person_key': 'coalesce(customer_key, -invitation_key)',
            'day': local_date('asked_at'),
            'y_main': 'case when ' ~ numerator ~ ' then 1 else 0 end',
        }, dimensions=dimensions) }}
    from invitations
    where {{ denominator }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
