-- Whether a row of answers is hidden (metrics.md 2.0, "Suppression"): it rests on fewer answers
-- than may be shown, or it is the next smallest beside the only hidden row of its family, which
-- would else be the total less the others. n: a column, members of answers; family: the columns
-- within which the rows add up to a total; member: a column that is unique within the family.
{% macro suppressed(n, family, member) -%}
    (
        {{ n }} < {{ var('min_cell') }}
        or (
            count(*) filter (where {{ n }} < {{ var('min_cell') }}) over (
                partition by {{ family | join(', ') }}
            ) = 1
            and row_number() over (
                partition by {{ family | join(', ') }}
                order by
                    case when {{ n }} < {{ var('min_cell') }} then 0 else 1 end,
                    {{ n }}, {{ member }}
            ) = 2
        )
    )
{%- endmacro %}
