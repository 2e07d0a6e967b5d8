-- The contact that an answer or an invitation is about, in one place for both: whether
-- somebody answered must not decide what they were asked about.
--
-- alias: rows with source_system and about_ticket_id, about_interaction_id,
--        about_order_id, about_session_id, asked_about_touchpoint.
{% macro contact_joins(alias) -%}
    left join {{ ref('fct_touchpoints') }} as named_contacts
        on
            {{ key_of(
                "case when " ~ alias ~ ".about_ticket_id is not null then 'tickets:' || "
                ~ alias ~ ".source_system || ':' || " ~ alias ~ ".about_ticket_id else "
                ~ "'interactions:' || " ~ alias ~ ".source_system || ':' || "
                ~ alias ~ ".about_interaction_id end"
            ) }} = named_contacts.touchpoint_id
    left join {{ ref('fct_touchpoints') }} as deliveries
        on
            {{ key_of(
                "'deliveries:' || " ~ alias ~ ".source_system || ':' || "
                ~ alias ~ ".about_order_id"
            ) }} = deliveries.touchpoint_id
    left join {{ ref('fct_touchpoints') }} as purchases
        on
            {{ key_of(
                "'orders:' || " ~ alias ~ ".source_system || ':' || "
                ~ alias ~ ".about_order_id"
            ) }} = purchases.touchpoint_id
    left join (
        select
            source_system,
            session_id,
            min(touchpoint_id) as touchpoint_id
        from {{ ref('fct_touchpoints') }}
        where source_entity = 'web_sessions' and session_id is not null
        group by source_system, session_id
    ) as visits
        on
            {{ alias }}.source_system = visits.source_system
            and {{ alias }}.about_session_id = visits.session_id
{%- endmacro %}

-- Of an order two contacts are known: what is asked or answered after the delivery is
-- about the delivery, unless the question says purchase.
{% macro contact_of(alias, asked_at) -%}
    coalesce(
        named_contacts.touchpoint_id,
        case
            when
                deliveries.occurred_at <= {{ asked_at }}
                and coalesce({{ alias }}.asked_about_touchpoint, 'delivery') <> 'purchase'
                then deliveries.touchpoint_id
        end,
        purchases.touchpoint_id,
        visits.touchpoint_id
    )
{%- endmacro %}
