-- The contact that an answer or an invitation is about, in one place for both: whether
-- somebody answered must not decide what they were asked about.
--
-- alias: rows with about_<contact>_id, about_<contact>_by (the system that names it) for each
--        contact below, and asked_about_touchpoint.
{% macro contacts_named() -%}
    {{ return({
        'ticket': ref('accepted_tickets'),
        'interaction': ref('accepted_interactions'),
        'order': ref('accepted_orders'),
        'session': ref('int_web_sessions'),
    }) }}
{%- endmacro %}

{% macro contact_joins(alias) -%}
    {%- for contact, bearers in contacts_named().items() %}
    {{ named_joins(
        alias, contact, bearers, contact ~ '_id',
        id='about_' ~ contact ~ '_id', system='about_' ~ contact ~ '_by'
    ) }}
    {%- endfor %}
    left join {{ ref('fct_touchpoints') }} as named_contacts
        on
            {{ key_of(
                "case when " ~ alias ~ ".about_ticket_id is not null then 'tickets:' || "
                ~ named_system('ticket') ~ " || ':' || " ~ alias ~ ".about_ticket_id else "
                ~ "'interactions:' || " ~ named_system('interaction') ~ " || ':' || "
                ~ alias ~ ".about_interaction_id end"
            ) }} = named_contacts.touchpoint_id
    {%- for moments, source_entity in {'deliveries': 'deliveries', 'purchases': 'orders'}.items() %}
    left join {{ ref('fct_touchpoints') }} as {{ moments }}
        on
            {{ key_of(
                "'" ~ source_entity ~ ":' || " ~ named_system('order') ~ " || ':' || "
                ~ alias ~ ".about_order_id"
            ) }} = {{ moments }}.touchpoint_id
    {%- endfor %}
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
            {{ named_system('session') }} = visits.source_system
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
