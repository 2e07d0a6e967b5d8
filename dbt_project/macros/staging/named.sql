-- Which row an id names (docs/DECISIONS.md): that of the namer's own system where it has one, else
-- the only one of any other system. Where several others bear the id, it names none.

-- alias: the rows that name one, by the column `id`; `system` says in whose name.
-- bearers: what is named, one relation with source_system and `key`.
-- role: tells apart several ids of one row.
{% macro named_joins(alias, role, bearers, key, id=key, system='source_system') -%}
    left join (
        select
            source_system,
            {{ key }}
        from {{ bearers }}
        group by source_system, {{ key }}
    ) as own_{{ role }}
        on
            {{ alias }}.{{ system }} = own_{{ role }}.source_system
            and {{ alias }}.{{ id }} = own_{{ role }}.{{ key }}
    left join (
        select
            {{ key }},
            min(source_system) as source_system
        from {{ bearers }}
        group by {{ key }}
        having min(source_system) = max(source_system)
    ) as only_{{ role }}
        on {{ alias }}.{{ id }} = only_{{ role }}.{{ key }}
{%- endmacro %}

-- The system of the row that an id names; null where it names none.
{% macro named_system(role) -%}
    coalesce(own_{{ role }}.source_system, only_{{ role }}.source_system)
{%- endmacro %}

-- The key under which a dimension has the row that an id names. One that is in no list keeps a
-- key of its own system: it is still one account, or one employee.
{% macro named_key(role, alias, entity, id) -%}
    {{ key_of(
        "'" ~ entity ~ ":' || coalesce(" ~ named_system(role) ~ ", " ~ alias
        ~ ".source_system) || ':' || " ~ alias ~ "." ~ id
    ) }}
{%- endmacro %}
