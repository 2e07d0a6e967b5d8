-- Segment's own ways of writing (source segment).

-- When a message happened by the server's clock: the device's clock is wrong by as much as it
-- differs from the server's when the message is sent. Without all three times, what is told.
{% macro segment_time() -%}
    coalesce(
        cast({{ seconds_after(
            utc_timestamp('receivedat'),
            '-' ~ seconds_between(utc_timestamp('originaltimestamp'), utc_timestamp('sentat'))
        ) }} as varchar) || 'Z',
        timestamp,
        originaltimestamp,
        receivedat
    )
{%- endmacro %}
