-- Why a score moved between two periods (metrics.md 2.32): S = sum of w_g * s_g over the groups g,
-- w_g a group's share of the answers, s_g its score, S1 and S0 the scores of now and before.
-- Both parts over all groups sum to S1 - S0 exactly (Kitagawa 1955).

-- The groups themselves score differently. Null scores: the group is there in one period only.
{% macro rate_part(w1, s1, w0, s0) -%}
    coalesce((({{ w1 }}) + ({{ w0 }})) / 2.0e0 * (({{ s1 }}) - ({{ s0 }})), 0.0e0)
{%- endmacro %}

-- More answers come from groups that score higher, or lower, than the whole does on average. A
-- group that is new or gone has moved the whole by its share alone.
{% macro mix_part(w1, s1, w0, s0, whole1, whole0) -%}
    (
        coalesce(
            (({{ s1 }}) + ({{ s0 }})) / 2.0e0, {{ s1 }}, {{ s0 }}
        ) - (({{ whole1 }}) + ({{ whole0 }})) / 2.0e0
    ) * (({{ w1 }}) - ({{ w0 }}))
{%- endmacro %}
