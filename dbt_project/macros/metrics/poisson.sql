-- The exact 95 % interval of an expected count (metrics.md 2.0, "rate of counts"; Garwood,
-- Fiducial limits for the Poisson distribution, Biometrika 28, 1936): the means from which the
-- observed count, or fewer, and the count, or more, would each come in 2.5 % of all cases.
-- count: a whole number, events. The limits are counts too: divide by the exposure.
{% macro poisson_low(count) -%}
    case
        when {{ count }} = 0 then 0.0e0
        else {{ gamma_quantile('(' ~ count ~ ')', '-', [
            '0.025317807984289876', '0.24220927854396496', '0.6186721228956014', '1.0898653736263249',
            '1.6234863901184207', '2.2018942534908508', '2.8143630515198654', '3.4538321767485014',
            '4.115373097378334', '4.7953886961324335', '5.49116036723684', '6.200575108722218',
            '6.921952491003801', '7.653930276300595', '8.395386132783315', '9.145382453641524',
            '9.903126469607294', '10.667940780399528', '11.43924116436673',
        ]) }}
    end
{%- endmacro %}

{% macro poisson_high(count) -%}
    {{ gamma_quantile('(' ~ count ~ ' + 1)', '+', [
            '3.6888794541139354', '5.571643390938898', '7.22468766772396', '8.767273069742323',
            '10.241588675403694', '11.66833207932267', '13.059474022518685', '14.422675361702376',
            '15.763189220193313', '17.084803451419166', '18.39035604201778', '19.682038513301954',
            '20.96158504817696', '22.230395918158873', '23.489621121835576', '24.740218871485844',
            '25.98299759756094', '27.218646815906613', '28.447760267527983',
    ]) }}
{%- endmacro %}

-- The 2.5 % (sign -) or 97.5 % quantile (+) of the gamma distribution of whole shape k and scale
-- 1, half of that of chi-square with 2k degrees of freedom. Up to 19 the quantile itself; from 20
-- the Cornish-Fisher expansion in x = 1/sqrt(k): its five known terms (Abramowitz and Stegun
-- 26.2.49 and 26.4.13) and five fitted to SciPy; relative error below 1e-11 (test_poisson.py).
-- The lower quantile is the upper one's expansion at -x. Null for a null k.
{% macro gamma_quantile(k, sign, tabulated) -%}
    case
        when {{ k }} >= 20
            then {{ k }} {{ sign }} sqrt({{ k }}) * {{ horner(
                '(' ~ sign ~ '1.0e0 / sqrt(' ~ k ~ '))', [
                    '0.0043331419237605e0', '-0.0012125079205891382e0', '-0.0034157954592615157e0',
                    '0.015011129627139347e0', '-0.0243938906542557e0', '0.03444176509221394e0',
                    '-0.06809954241743825e0', '-0.17196185986461623e0', '0.9471529402313751e0',
                    '1.959963984540054e0',
                ]
            ) }}
        {%- for quantile in tabulated %}
        when {{ k }} = {{ loop.index }} then {{ quantile }}e0
        {%- endfor %}
    end
{%- endmacro %}
