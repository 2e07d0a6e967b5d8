-- The six areas of experience (metrics.md 2.21): what each is measured by. A tenant's target
-- (ref_targets) turns a sub-metric into a score; which way is better says rpt_catalogue.
{% macro six_areas() %}
    {{ return({
        'reachability': [
            'channel_fit', 'first_reply_within_target', 'after_hours_share', 'wait_p50_seconds',
        ],
        'service_convenience': [
            'fcr_repeat_window', 'resolution_within_target', 'reopen_rate', 'self_service_rate',
            'bot_containment_rate',
        ],
        'purchase_convenience': [
            'checkout_completion_rate', 'checkout_steps_per_purchase', 'errors_per_session',
            'time_to_buy_p50_seconds', 'not_as_described_rate',
        ],
        'personalisation': [
            'personalised_contact_rate', 'personalisation_lift', 'marketing_opt_out_rate',
        ],
        'ease_of_use': [
            'ces', 'ces_high_effort_rate', 'mobile_ease_gap', 'error_session_rate',
            'rage_click_session_rate', 'load_time_p75_seconds',
        ],
        'channel_flexibility': ['channel_continuity', 'csat_channel_spread'],
    }) }}
{% endmacro %}

-- How far a value has come to its target, 0 to 1: 1 at the target or better. A difference that is
-- to be none falls short by its distance, other numbers by their ratio. Null without a value or a
-- target.
{% macro score_to_target(value, target, is_lower_better, is_difference) -%}
    case
        when {{ value }} is null or {{ target }} is null then null
        when {{ is_difference }} and {{ is_lower_better }}
            then greatest(least(1 - ({{ value }} - {{ target }}), 1.0e0), 0.0e0)
        when {{ is_difference }}
            then greatest(least(1 + ({{ value }} - {{ target }}), 1.0e0), 0.0e0)
        when {{ is_lower_better }} and {{ value }} <= {{ target }} then 1.0e0
        when {{ is_lower_better }} then greatest({{ target }} / {{ value }}, 0.0e0)
        when {{ value }} >= {{ target }} then 1.0e0
        else greatest({{ value }} / nullif({{ target }}, 0), 0.0e0)
    end
{%- endmacro %}
