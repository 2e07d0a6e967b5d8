-- On-time delivery (metrics.md 2.15). One formula for the three targets.

-- A promise without a clock time means the end of that local day.
{% macro end_of_promise(promised) -%}
    case
        when {{ local_time(promised) }} = cast({{ local_date(promised) }} as timestamp)
            then {{ utc_of_local(
                'cast(' ~ local_date(promised) ~ " as timestamp) + interval '86399.999999' second"
            ) }}
        else {{ promised }}
    end
{%- endmacro %}

-- True or false for an order that was due by `as_of`: late and never delivered are false alike,
-- too early is not on time. Null: not due yet, nothing promised, or cancelled by the customer.
{% macro is_on_time(window_start, window_end, as_of) -%}
    case
        when {{ window_end }} > {{ as_of }} or {{ window_end }} is null then null
        when cancelled_by = 'customer' then null
        else
            coalesce(delivered_at <= {{ window_end }}, false)
            and coalesce(delivered_at >= {{ window_start }}, true)
    end
{%- endmacro %}
