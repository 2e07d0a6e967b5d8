-- Grain: one row per web session and yes or no that is decided about it.
{%- set dimensions = [
    'channel', 'device', 'segment', 'persona', 'country', 'language',
] %}

with

sessions as (
    select * from {{ ref('int_web_sessions_judged') }}
),

final as (
    {% for measure, is_so in [
        ('self_service_rate', 'is_self_served'),
        ('checkout_completion_rate', 'is_checkout_completed'),
    ] -%}
    select
        {{ metric_unit({
            'measure': "'" ~ measure ~ "'",
            'person_key': 'coalesce(customer_key, -session_key)',
            'day': local_date('started_at'),
            'y_main': 'case when ' ~ is_so ~ ' then 1 else 0 end',
        }, dimensions=dimensions) }}
    from sessions
    where {{ is_so }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
