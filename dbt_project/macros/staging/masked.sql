-- Free text with personal data masked: e-mail addresses, card numbers, phone and national numbers.
-- Digits may be Latin, Persian or Arabic. Order matters: a card number contains a phone number.
{% macro masked(text) -%}
    {%- set digit = '[0-9۰-۹٠-٩]' -%}
    {%- set gap = '[ ().-]' -%}
    {%- set without_email = replace_all(
        text, '[^ <>@,;:/]+(@|%40)[^ <>@,;:/]+[.][A-Za-z]+', '[e-mail]'
    ) -%}
    {%- set without_card = replace_all(
        without_email, digit ~ '{4}[ -]?' ~ digit ~ '{4}[ -]?' ~ digit ~ '{4}[ -]?' ~ digit ~ '{1,7}',
        '[card]'
    ) -%}
    {{ replace_all(
        without_card, '[+]?' ~ digit ~ '(' ~ gap ~ '{0,2}' ~ digit ~ '){6,14}', '[number]'
    ) }}
{%- endmacro %}

-- An address on the web without its query and fragment, where personal data hides.
{% macro page_only(url) -%}
    {{ masked("split_part(split_part(" ~ url ~ ", '?', 1), '#', 1)") }}
{%- endmacro %}
