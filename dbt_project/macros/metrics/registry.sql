-- What is published, and from which sums: the one list that rpt_metrics is made from. A new score
-- or rate is a row here; where it counts something new, it is also a model int_units_<family>
-- that calls metric_unit(); and its definition is a row of the seed metric_catalogue.

-- metric: its name. Where not said, measure (what the units of int_metric_units count) is the
-- metric, coding (which of their values) is main, kind is rate, lag_days is 0, and no flag is set.
--   kind: nps, 100 * mean of 1, 0, -1; rate, mean of 1, 0; mean, mean on the answer scale;
--     per_thousand, events per 1,000 of what they are set against, each of which has weight 1 and
--     each event weight 0.
--   lag_days: so long after the end of a period units of it still come in; null: until the journey
--     that waits longest is given up (ref_journeys).
--   is_ratio: no mean of units but a ratio of two sums over customers; int_ratios_<family> says
--     what is summed.
--   is_about_answers: no answers, but the denominator counts answers of one kind: the number of
--     cases tells how many answers were low. They are hidden as answers are.
--   is_clustered: walks and visits. One person may go many times, and goes as before: the interval
--     counts by person, as that of transactional scores does.
--   counts_buyers: the units are purchase days, what counts is their buyer.
{% macro metric_registry() %}
    {%- set asked = var('response_lag_days') %}
    {%- set issue = var('issue_gap_days') %}
    {%- set returned = var('return_window_days') %}
    {%- set registry = [] %}
    {%- for given in [
        {'metric': 'nps', 'kind': 'nps'},
        {'metric': 'enps', 'kind': 'nps'},
        {'metric': 'product_nps', 'kind': 'nps'},
        {'metric': 'csat'},
        {'metric': 'csat_mean', 'measure': 'csat', 'coding': 'score', 'kind': 'mean'},
        {'metric': 'ces'},
        {'metric': 'ces_mean', 'measure': 'ces', 'coding': 'score', 'kind': 'mean'},
        {'metric': 'ces_high_effort_rate', 'measure': 'ces', 'coding': 'low'},
        {'metric': 'fcr_survey'},
        {'metric': 'would_have_called_rate', 'measure': 'would_have_called'},
        {'metric': 'response_rate', 'lag_days': asked},
        {'metric': 'completion_rate', 'lag_days': asked},
        {'metric': 'bounce_rate'},
        {'metric': 'on_time_delivery_rate'},
        {'metric': 'on_time_delivery_rate_requested'},
        {'metric': 'on_time_delivery_rate_last'},
        {'metric': 'otif_rate'},
        {'metric': 'return_rate', 'lag_days': returned},
        {'metric': 'not_as_described_rate', 'lag_days': returned},
        {'metric': 'repeat_purchase_rate', 'counts_buyers': true},
        {'metric': 'repeat_purchase_rate_30d', 'lag_days': 30},
        {'metric': 'repeat_purchase_rate_90d', 'lag_days': 90},
        {'metric': 'repeat_purchase_rate_365d', 'lag_days': 365},
        {'metric': 'first_reply_within_target'},
        {'metric': 'resolution_within_target'},
        {'metric': 'fcr_repeat_window', 'lag_days': issue},
        {'metric': 'fcr_repeat_window_net', 'lag_days': issue},
        {'metric': 'fcr_one_touch'},
        {'metric': 'fcr_one_touch_net'},
        {'metric': 'reopen_rate'},
        {'metric': 'after_hours_share'},
        {'metric': 'bot_containment_rate'},
        {'metric': 'self_service_rate', 'lag_days': 1, 'is_clustered': true},
        {'metric': 'personalised_contact_rate'},
        {'metric': 'checkout_completion_rate', 'is_clustered': true},
        {'metric': 'complaint_rate', 'kind': 'per_thousand'},
        {'metric': 'closed_loop_rate', 'is_about_answers': true},
        {'metric': 'closed_loop_on_time_rate', 'is_about_answers': true},
        {
            'metric': 'journey_completion_rate', 'is_clustered': true,
            'lag_days': 'null',
        },
        {'metric': 'multi_channel_share', 'lag_days': issue},
        {'metric': 'continuity_rate', 'lag_days': issue},
        {'metric': 'repeat_your_story_rate', 'lag_days': issue},
        {'metric': 'gross_revenue_retention', 'is_ratio': true},
        {'metric': 'net_revenue_retention', 'is_ratio': true},
        {'metric': 'logo_churn_rate', 'is_ratio': true},
        {'metric': 'reactivation_rate', 'is_ratio': true},
    ] %}
        {%- set metric = {
            'measure': given.metric, 'coding': 'main', 'kind': 'rate', 'lag_days': 0,
            'is_ratio': false, 'is_about_answers': false, 'is_clustered': false,
            'counts_buyers': false,
        } %}
        {%- do metric.update(given) %}
        {%- do registry.append(metric) %}
    {%- endfor %}
    {{ return(registry) }}
{% endmacro %}

-- What the number of a kind is given in.
{% macro unit_of_kind(kind) -%}
    case {{ kind }}
        when 'nps' then 'points'
        when 'rate' then 'rate'
        when 'mean' then 'score'
        when 'per_thousand' then 'per_thousand'
    end
{%- endmacro %}

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
        'fulfilment', 'complaints', 'feedback_cases', 'employee_answers', 'issues', 'journeys',
    ]) }}
{% endmacro %}
