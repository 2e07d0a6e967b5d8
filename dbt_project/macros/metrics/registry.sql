-- What is published, and from which sums: the lists that rpt_metrics is made from. A new score
-- or rate is a row here; where it counts something new, it is also a model int_units_<family>
-- that calls metric_unit().

-- measure: what the units of int_metric_units count; coding: which of their values; kind: which
-- formula (nps: 100 * mean of 1, 0, -1; rate: mean of 1, 0; mean: mean on the answer scale;
-- per_thousand: events per 1,000 of what they are set against, each of which has weight 1 and
-- each event weight 0). lag_days: so long after the end of a period units of it still come in.
{% macro published_metrics() %}
    {{ return([
        {'metric': 'nps', 'measure': 'nps', 'coding': 'main', 'kind': 'nps'},
        {'metric': 'enps', 'measure': 'enps', 'coding': 'main', 'kind': 'nps'},
        {'metric': 'product_nps', 'measure': 'product_nps', 'coding': 'main', 'kind': 'nps'},
        {'metric': 'csat', 'measure': 'csat', 'coding': 'main', 'kind': 'rate'},
        {'metric': 'csat_mean', 'measure': 'csat', 'coding': 'score', 'kind': 'mean'},
        {'metric': 'ces', 'measure': 'ces', 'coding': 'main', 'kind': 'rate'},
        {'metric': 'ces_mean', 'measure': 'ces', 'coding': 'score', 'kind': 'mean'},
        {'metric': 'ces_high_effort_rate', 'measure': 'ces', 'coding': 'low', 'kind': 'rate'},
        {'metric': 'fcr_survey', 'measure': 'fcr_survey', 'coding': 'main', 'kind': 'rate'},
        {'metric': 'response_rate', 'measure': 'response_rate', 'coding': 'main', 'kind': 'rate',
         'lag_days': var('response_lag_days')},
        {'metric': 'completion_rate', 'measure': 'completion_rate', 'coding': 'main', 'kind': 'rate',
         'lag_days': var('response_lag_days')},
        {'metric': 'bounce_rate', 'measure': 'bounce_rate', 'coding': 'main', 'kind': 'rate'},
        {'metric': 'on_time_delivery_rate', 'measure': 'on_time_delivery_rate',
         'coding': 'main', 'kind': 'rate'},
        {'metric': 'on_time_delivery_rate_requested', 'measure': 'on_time_delivery_rate_requested',
         'coding': 'main', 'kind': 'rate'},
        {'metric': 'on_time_delivery_rate_last', 'measure': 'on_time_delivery_rate_last',
         'coding': 'main', 'kind': 'rate'},
        {'metric': 'repeat_purchase_rate', 'measure': 'repeat_purchase_rate',
         'coding': 'main', 'kind': 'rate'},
        {'metric': 'first_reply_within_target', 'measure': 'first_reply_within_target',
         'coding': 'main', 'kind': 'rate'},
        {'metric': 'resolution_within_target', 'measure': 'resolution_within_target',
         'coding': 'main', 'kind': 'rate'},
        {'metric': 'fcr_repeat_window', 'measure': 'fcr_repeat_window',
         'coding': 'main', 'kind': 'rate', 'lag_days': var('issue_gap_days')},
        {'metric': 'fcr_one_touch', 'measure': 'fcr_one_touch', 'coding': 'main', 'kind': 'rate'},
        {'metric': 'reopen_rate', 'measure': 'reopen_rate', 'coding': 'main', 'kind': 'rate'},
        {'metric': 'after_hours_share', 'measure': 'after_hours_share',
         'coding': 'main', 'kind': 'rate'},
        {'metric': 'bot_containment_rate', 'measure': 'bot_containment_rate',
         'coding': 'main', 'kind': 'rate'},
        {'metric': 'personalised_contact_rate', 'measure': 'personalised_contact_rate',
         'coding': 'main', 'kind': 'rate'},
        {'metric': 'self_service_rate', 'measure': 'self_service_rate',
         'coding': 'main', 'kind': 'rate', 'lag_days': 1},
        {'metric': 'checkout_completion_rate', 'measure': 'checkout_completion_rate',
         'coding': 'main', 'kind': 'rate'},
        {'metric': 'otif_rate', 'measure': 'otif_rate', 'coding': 'main', 'kind': 'rate'},
        {'metric': 'return_rate', 'measure': 'return_rate', 'coding': 'main', 'kind': 'rate',
         'lag_days': var('return_window_days')},
        {'metric': 'not_as_described_rate', 'measure': 'not_as_described_rate',
         'coding': 'main', 'kind': 'rate', 'lag_days': var('return_window_days')},
        {'metric': 'complaint_rate', 'measure': 'complaint_rate',
         'coding': 'main', 'kind': 'per_thousand'},
        {'metric': 'repeat_purchase_rate_30d', 'measure': 'repeat_purchase_rate_30d',
         'coding': 'main', 'kind': 'rate'},
        {'metric': 'repeat_purchase_rate_90d', 'measure': 'repeat_purchase_rate_90d',
         'coding': 'main', 'kind': 'rate'},
        {'metric': 'repeat_purchase_rate_365d', 'measure': 'repeat_purchase_rate_365d',
         'coding': 'main', 'kind': 'rate'},
        {'metric': 'journey_completion_rate', 'measure': 'journey_completion_rate',
         'coding': 'main', 'kind': 'rate', 'lag_days': var('journey_lag_days')},
        {'metric': 'multi_channel_share', 'measure': 'multi_channel_share',
         'coding': 'main', 'kind': 'rate', 'lag_days': var('issue_gap_days')},
        {'metric': 'continuity_rate', 'measure': 'continuity_rate',
         'coding': 'main', 'kind': 'rate'},
        {'metric': 'repeat_your_story_rate', 'measure': 'repeat_your_story_rate',
         'coding': 'main', 'kind': 'rate', 'lag_days': var('issue_gap_days')},
    ]) }}
{% endmacro %}

-- What a score or a rate can be split by; the columns of int_metric_units bear these names.
{% macro metric_dimensions() %}
    {{ return([
        'channel', 'touchpoint', 'stage', 'environment', 'segment', 'persona', 'country', 'device',
        'language', 'team', 'brand', 'survey',
    ]) }}
{% endmacro %}

-- The member of a dimension under which a unit of `units` counts.
{% macro member_of(dimension) -%}
    {%- if dimension == 'all' -%} 'all'
    {%- else -%} coalesce(units.{{ dimension }}, 'unknown')
    {%- endif -%}
{%- endmacro %}

-- The values of a unit: main (1, 0, -1), score (steps above the lowest answer), low (bottom box).
{% macro metric_codings() %} {{ return(['main', 'score', 'low']) }} {% endmacro %}

-- Weightings are kept as whole numbers of 1e-9, for sums of whole numbers do not depend on order.
{% macro weight_units() -%} 1000000000 {%- endmacro %}

-- What counts, by where it comes from: the models int_units_<family>.
{% macro metric_families() %}
    {{ return([
        'answers', 'invitations', 'orders', 'buyers', 'tickets', 'contacts', 'web_sessions',
        'fulfilment', 'complaints', 'issues', 'journeys',
    ]) }}
{% endmacro %}
