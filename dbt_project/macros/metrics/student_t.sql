-- The 97.5 % quantile of Student's t, for the interval of a mean (metrics.md 2.0).

-- df: whole degrees of freedom; null below 1. Up to 19 the tabulated quantile itself (16 digits),
-- from 20 the Cornish-Fisher expansion in 1/df (Abramowitz and Stegun 26.7.5, one term more) at
-- z = 1.959964: error below 1e-8 at 20, falling with df^-6 (test_student_t.py).
{% macro t_95(df) -%}
    case
        when {{ df }} >= 20
            then {{ z_95() }} + {{ horner('(1.0e0 / (' ~ df ~ '))', [
                '0.7328982119816051e0', '1.5895340533938225e0', '2.555849679507722e0',
                '2.8224986157396112e0', '2.372271230298562e0', '0.0e0',
            ]) }}
        {%- for quantile in [
            '12.7062047361747', '4.302652729749464', '3.182446305283708', '2.776445105197793',
            '2.570581835636315', '2.446911851144979', '2.364624251592784', '2.306004135204166',
            '2.262157162798205', '2.228138851986274', '2.200985160091640', '2.178812829667229',
            '2.160368656462793', '2.144786687917804', '2.131449545559776', '2.119905299221255',
            '2.109815577833318', '2.100922040241039', '2.093024054408309',
        ] %}
        when {{ df }} = {{ loop.index }} then {{ quantile }}e0
        {%- endfor %}
    end
{%- endmacro %}
