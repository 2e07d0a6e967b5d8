-- Staffed seconds from the beginning of the calendar to a moment (metrics.md 2.11); `days` is
-- the int_staffed_days row of the moment's local day.
{% macro staffed_seconds_at(moment, days) -%}
    ({{ days }}.staffed_seconds_before + case
        when {{ days }}.opens_at is null or {{ moment }} <= {{ days }}.opens_at then 0
        else {{ seconds_between(
            days ~ '.opens_at', 'least(' ~ moment ~ ', ' ~ days ~ '.closes_at)'
        ) }}
    end)
{%- endmacro %}

-- Whether a contact opens a new issue: 1, or 0 where it follows the same person's last contact
-- on the topic (metrics.md 2.12, 2.19). An issue ends when all its contacts have been over for
-- `issue_gap_days`; what comes before that, the last moment included, belongs to it. `key`: the
-- unique key of a contact; columns customer_key, topic_key, occurred_at, ended_at.
{% macro opens_issue(key) -%}
    case
        when
            {{ seconds_between(
                'max(ended_at) over (partition by customer_key, topic_key order by occurred_at, '
                ~ key ~ ' rows between unbounded preceding and 1 preceding)', 'occurred_at'
            ) }} <= {{ var('issue_gap_days') * 86400 }}
            then 0
        else 1
    end
{%- endmacro %}

-- The number of a contact's issue among those of its person and topic; `opens`: the column that
-- opens_issue() gave.
{% macro issue_number(opens, key) -%}
    sum({{ opens }}) over (
        partition by customer_key, topic_key order by occurred_at, {{ key }}
        rows between unbounded preceding and current row
    )
{%- endmacro %}

-- Whether something was done within its target: false also where it is not done and the target
-- has passed; null while it may still be done in time, and without a target.
{% macro is_within_target(seconds, seconds_until_now, target) -%}
    case
        when {{ seconds }} <= {{ target }} then true
        when {{ seconds }} > {{ target }} then false
        when {{ seconds_until_now }} > {{ target }} then false
    end
{%- endmacro %}
