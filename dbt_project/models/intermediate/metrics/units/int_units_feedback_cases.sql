-- Grain: one row per low score whose answer has come due, under each of its rates.
{%- set dimensions = [
    'channel', 'touchpoint', 'stage', 'environment', 'segment', 'persona', 'country',
    'language', 'team', 'survey',
] %}

with

-- Who may not be contacted is never due. A case that is answered before it is due
-- counts from its deadline on, together with those that are not answered.
cases as (
    select
        *,
        survey_id as survey
    from {{ ref('fct_feedback_cases') }}
    where is_due
),

final as (
    {% for measure, is_met in {
        'closed_loop_rate': 'contacted_at is not null',
        'closed_loop_on_time_rate': 'is_on_time',
    }.items() -%}
    select
        {{ metric_unit({
            'measure': "'" ~ measure ~ "'",
            'person_key': 'person_key',
            'day': local_date('due_at'),
            'y_main': 'case when ' ~ is_met ~ ' then 1 else 0 end',
        }, dimensions=dimensions) }}
    from cases
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
