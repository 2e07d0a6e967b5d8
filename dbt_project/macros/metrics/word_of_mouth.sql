-- Referrals (metrics.md 2.22).

-- Whether a source's own words for where somebody came from name a person who recommended:
-- English, Persian, Arabic. False for other words, null for none.
{% macro says_referral(text) -%}
    {{ matches(
        'lower(' ~ text ~ ')',
        'referr|recommend|word.of.mouth|friend|family|colleague|دوست|آشنا|معرف|خانواده|همکار|صديق|صدیق|عائلة'
    ) }}
{%- endmacro %}
