-- Whether the story had to be told again when the person changed the channel (metrics.md 2.19).

-- Of one contact and the one before it (columns channel, case_id, context_known and
-- previous_channel, previous_case_id): null: no change of channel, or nobody recorded whether the
-- history was known. The same case holds the history, whatever else was recorded.
{% macro is_context_kept() -%}
    case
        when channel <> previous_channel
            then case when case_id = previous_case_id then true else context_known end
    end
{%- endmacro %}

-- What an issue or a journey says of its changes of channel, as columns of an aggregate over its
-- contacts (columns channel, previous_channel, is_context_kept). Restarts are null, not 0, where
-- channels changed and nobody recorded what was known.
{% macro continuity_columns() -%}
    count(distinct channel) as channels,
        count(*) filter (where channel <> previous_channel) as switches,
        count(is_context_kept) as switches_judged,
        case
            when
                count(is_context_kept) > 0
                or count(*) filter (where channel <> previous_channel) = 0
                then count(*) filter (where not is_context_kept)
        end as restarts
{%- endmacro %}
