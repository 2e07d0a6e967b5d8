-- Grain: one row per ticket and yes or no that is decided about it. What is about the
-- reply or the solution of a ticket counts on the day it was opened, since it waits
-- from then on; what only a solved ticket can be counts on the day it was solved.
{%- set dimensions = ['channel', 'segment', 'persona', 'country', 'language', 'team'] %}
{%- set created = local_date('created_at') %}

with

tickets as (
    select * from {{ ref('int_tickets_served') }}
),

final as (
    {% for measure, is_so, day in [
        ('first_reply_within_target', 'is_reply_within_target', created),
        ('resolution_within_target', 'is_resolution_within_target', created),
        ('fcr_one_touch', 'is_one_touch', local_date('solved_or_created_at')),
        (
            'fcr_one_touch_net', 'is_one_touch_net', local_date('solved_or_created_at')
        ),
        ('reopen_rate', 'is_reopened', local_date('first_solved_or_created_at')),
    ] -%}
    select
        {{ metric_unit({
            'measure': "'" ~ measure ~ "'",
            'person_key': 'coalesce(customer_key, -ticket_key)',
            'day': day,
            'topic': 'topic',
            'y_main': 'case when ' ~ is_so ~ ' then 1 else 0 end',
        }, dimensions=dimensions) }}
    from tickets
    where {{ is_so }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
