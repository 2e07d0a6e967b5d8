-- What a user agent tells, for sources whose tracker does not tell it.

-- The agents of a relation that give themselves away as machines (seed bot_agents): one row
-- each, compared once however many events an agent has.
{% macro agents_of_machines(relation, column='user_agent') -%}
    select agents.user_agent
    from (
        select {{ column }} as user_agent
        from {{ relation }}
        group by {{ column }}
    ) as agents
    inner join {{ ref('ref_bot_agents') }} as parts
        on contains(lower(agents.user_agent), parts.agent_part)
    group by agents.user_agent
{%- endmacro %}

-- A tablet says so, is an iPad, or is an Android that does not say "Mobile".
{% macro device_of_agent(user_agent) -%}
    case
        when {{ user_agent }} is null then null
        when
            {{ matches(user_agent, 'iPad|Tablet|Kindle|Silk/|PlayBook') }}
            or {{ user_agent }} like '%Android%' and {{ user_agent }} not like '%Mobile%'
            then 'tablet'
        when
            {{ matches(
                user_agent, 'Mobi|iPhone|iPod|Opera Mini|BlackBerry|MIDP|Windows Phone'
            ) }}
            then 'mobile'
        when {{ matches(user_agent, 'Windows|Macintosh|X11|Linux|CrOS') }} then 'desktop'
    end
{%- endmacro %}
