-- An identifier as a node of the identity graph: a 60-bit number of its typed, normalised text.
-- A CRM id and an anonymous id mean something only within their own system; where a CRM id is
-- another system's, an edge says so (int_identity_edges).

{% macro crm_text(alias) -%}
    'crm:' || {{ alias }}.source_system || ':' || {{ alias }}.customer_id
{%- endmacro %}

{% macro anonymous_text(alias) -%}
    'anonymous:' || {{ alias }}.source_system || ':' || {{ alias }}.anonymous_id
{%- endmacro %}

{% macro email_text(alias) -%}
    case
        when {{ alias }}.email like '%_@_%' then 'email:' || lower(trim({{ alias }}.email))
    end
{%- endmacro %}

-- E.164 where the number says its country, else its bare digits; fewer than seven are no number.
-- Persian and Arabic digits are digits.
{% macro phone_text_of(phone) -%}
    case
        when length({{ phone_digits(phone) }}) >= 7
            then 'phone:'
            || case when ltrim({{ phone }}) like '+%' then '+' else '' end
            || {{ replace_all(phone_digits(phone), '^00', '+') }}
    end
{%- endmacro %}

{% macro phone_digits(phone) -%}
    {{ replace_all(
        "translate(" ~ phone ~ ", '۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩', '01234567890123456789')",
        '[^0-9]', ''
    ) }}
{%- endmacro %}

{% macro identifier_text(kind, alias) -%}
    {%- if kind == 'customer_id' -%} {{ crm_text(alias) }}
    {%- elif kind == 'email' -%} {{ email_text(alias) }}
    {%- elif kind == 'phone' -%} {{ phone_text_of(alias ~ '.phone') }}
    {%- else -%} {{ anonymous_text(alias) }}
    {%- endif -%}
{%- endmacro %}

-- The person of a row: the key of its first identifier that belongs to one person only. An
-- identifier that too many share has no key (int_customer_keys), so the next one decides.
{% macro person_joins(alias, kinds) -%}
    {%- for kind in kinds %}
    left join {{ ref('int_customer_keys') }} as by_{{ kind }}
        on {{ key_of(identifier_text(kind, alias)) }} = by_{{ kind }}.node
    {%- endfor %}
{%- endmacro %}

{% macro person_of(kinds) -%}
    {%- if kinds | length == 1 -%} by_{{ kinds[0] }}.customer_key
    {%- else -%}
    coalesce({% for kind in kinds %}by_{{ kind }}.customer_key{{ ', ' if not loop.last }}{% endfor %})
    {%- endif -%}
{%- endmacro %}

-- The identifier on one side of an explicit link, as text of the given kind.
{% macro side_text(side, kind) -%}
    {%- if kind == 'customer_id' -%} 'crm:' || source_system || ':' || {{ side }}_id
    {%- elif kind == 'anonymous_id' -%} 'anonymous:' || source_system || ':' || {{ side }}_id
    {%- elif kind == 'email' -%} 'email:' || lower(trim({{ side }}_id))
    {%- else -%} {{ phone_text_of(side ~ '_id') }}
    {%- endif -%}
{%- endmacro %}
