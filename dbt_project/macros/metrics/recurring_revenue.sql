-- Retention of recurring revenue (metrics.md 2.6). Summed over the customers of the starting set
-- alone: who is new or came back adds nothing above the line or below.

-- What a customer kept of the revenue at the start: never more than there was, so that gross
-- retention stays at or below 1. Null where either end is unknown, which `least` would hide.
{% macro revenue_kept(mrr_start, mrr_end) -%}
    case when {{ mrr_end }} >= {{ mrr_start }} then {{ mrr_start }}
        when {{ mrr_end }} < {{ mrr_start }} then {{ mrr_end }} end
{%- endmacro %}

-- Aggregates over the starting set. Null where it paid nothing, or nobody.
{% macro gross_revenue_retention(mrr_start, mrr_end) -%}
    (1.0e0 * sum({{ revenue_kept(mrr_start, mrr_end) }}) / nullif(sum({{ mrr_start }}), 0))
{%- endmacro %}

{% macro net_revenue_retention(mrr_start, mrr_end) -%}
    (1.0e0 * sum({{ mrr_end }}) / nullif(sum({{ mrr_start }}), 0))
{%- endmacro %}

-- Monthly churn as yearly churn: only as 1 - (1 - c)^12, and only where every month loses alike.
{% macro yearly_churn_of_monthly(churn) -%} (1 - power(1 - ({{ churn }}), 12)) {%- endmacro %}
