{# Materialises the connected components of the graph whose edges the model selects.

Input: SQL with columns left_node, right_node (60-bit integers). Output: node, component; a
component is named by its smallest node, so that every engine gives the same answer.

Randomised contraction (Bögeholz, Brand and Todor 2018): in each round every node picks, of
itself and its neighbours, the one of smallest rank, with ranks drawn anew each round; edges are
rewritten to the picked nodes until none is left. Linear in practice, whatever the shape of the
graph; recursion is not (a path of 100,000 nodes does not finish). The random numbers come from
a fixed seed: the result does not depend on them, only the number of rounds does. #}
{% materialization connected_components, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- set edges = this.incorporate(path={'identifier': this.identifier ~ '__edges'}, type='table') -%}
    {%- set picks = this.incorporate(path={'identifier': this.identifier ~ '__picks'}, type='table') -%}
    {%- set labels = this.incorporate(path={'identifier': this.identifier ~ '__labels'}, type='table') -%}

    {%- do run_query(recreate(edges, undirected(sql))) -%}
    {%- do run_query(recreate(labels,
        'select left_node as node, left_node as label from ' ~ edges
        ~ ' union select right_node, right_node from ' ~ edges)) -%}

    {%- set modulus = 2305843009213693951 -%}
    {%- set state = namespace(random=20181005, open=run_query('select count(*) from ' ~ edges).columns[0][0]) -%}
    {%- for round in range(200) if state.open > 0 -%}
        {%- set a = next_random(state.random, modulus) | int -%}
        {%- set b = next_random(a, modulus) | int -%}
        {%- set state.random = b -%}
        {%- do run_query(recreate(picks, smallest_neighbour(edges, a, b, modulus))) -%}
        {%- do run_query(recreate(labels ~ '', relabelled(labels, picks))) -%}
        {%- do run_query(recreate(edges ~ '', contracted(edges, picks))) -%}
        {%- set state.open = run_query('select count(*) from ' ~ edges).columns[0][0] -%}
    {%- endfor -%}
    {%- if state.open > 0 -%}
        {{ exceptions.raise_compiler_error('connected components did not settle in 200 rounds') }}
    {%- endif -%}

    {%- call statement('main') -%}
        {{ recreate(target_relation,
            'select node, min(node) over (partition by label) as component from ' ~ labels) }}
    {%- endcall -%}
    {%- for scratch in [edges, picks, labels] -%}
        {%- do run_query('drop table if exists ' ~ scratch) -%}
    {%- endfor -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro recreate(relation, query) -%}
    create or replace table {{ relation }} as {{ query }}
{%- endmacro %}

{% macro next_random(number, modulus) -%}
    {{ (number * 6364136223846793005 + 1442695040888963407) % (modulus - 1) + 1 }}
{%- endmacro %}

{% macro undirected(query) -%}
    select
        least(left_node, right_node) as left_node,
        greatest(left_node, right_node) as right_node
    from ({{ query }}) as links
    where left_node <> right_node
    group by 1, 2
{%- endmacro %}

{% macro smallest_neighbour(edges, a, b, modulus) -%}
    select
        node,
        min_by(neighbour, {{ multiply_mod(a, 'neighbour', b, modulus) }}) as picked
    from (
        select left_node as node, right_node as neighbour from {{ edges }}
        union all
        select right_node, left_node from {{ edges }}
        union all
        select left_node, left_node from {{ edges }}
        union all
        select right_node, right_node from {{ edges }}
    ) as neighbourhoods
    group by node
{%- endmacro %}

{% macro relabelled(labels, picks) -%}
    select
        labels.node,
        coalesce(picks.picked, labels.label) as label
    from {{ labels }} as labels
    left join {{ picks }} as picks on labels.label = picks.node
{%- endmacro %}

{% macro contracted(edges, picks) -%}
    {{ undirected(
        'select l.picked as left_node, r.picked as right_node from ' ~ edges ~ ' as edges'
        ~ ' inner join ' ~ picks ~ ' as l on edges.left_node = l.node'
        ~ ' inner join ' ~ picks ~ ' as r on edges.right_node = r.node'
    ) }}
{%- endmacro %}
