-- The Iranian (Jalali, Solar Hijri) calendar by its 33-year cycle, which agrees with the
-- astronomical one from 1244 to 1472 (1865 to 2094). Whole-number arithmetic, the same on every
-- engine.

-- Query with the columns of `relation` and jalali_year, jalali_month, jalali_day of `day`.
{% macro with_jalali(relation, day) -%}
    select
        *,
        cast(case
            when day_of_year < 186 then 1 + floor(day_of_year / 31.0e0)
            else 7 + floor((day_of_year - 186) / 30.0e0)
        end as integer) as jalali_month,
        cast(case
            when day_of_year < 186 then 1 + day_of_year - 31 * floor(day_of_year / 31.0e0)
            else 1 + day_of_year - 186 - 30 * floor((day_of_year - 186) / 30.0e0)
        end as integer) as jalali_day
    from (
        select
            *,
            cast(
                -1595 + 33 * cycles + 4 * fours
                + case
                    when day_of_four > 365 then floor((day_of_four - 1) / 365.0e0)
                    else 0
                end as integer
            ) as jalali_year,
            -- the first of four years has 366 days
            case
                when day_of_four > 365
                    then day_of_four - 1 - 365 * floor((day_of_four - 1) / 365.0e0)
                else day_of_four
            end as day_of_year
        from (
            select
                *,
                day_of_cycle - 1461 * floor(day_of_cycle / 1461.0e0) as day_of_four,
                floor(day_of_cycle / 1461.0e0) as fours
            from (
                select
                    *,
                    day_of_era - 12053 * floor(day_of_era / 12053.0e0) as day_of_cycle,
                    floor(day_of_era / 12053.0e0) as cycles
                from (
                    select
                        *,
                        {{ dbt.datediff("cast('1970-01-01' as date)", day, 'day') }} + 1075195
                            as day_of_era
                    from {{ relation }}
                ) as eras
            ) as cycles_of_years
        ) as fours_of_years
    ) as years
{%- endmacro %}
