"""Connected components of graphs that recursion does not survive: a long path and a giant star.

The materialisation runs in a project of one model, with the macros of the real one.
"""

from collections import defaultdict

import duckdb
import pytest
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from tests.dbt_project.building import PROJECT, told

NODES = 20_000
# Numbers in no order that the shape of the graph follows, as hashes of identifiers are.
NODE = "cast('0x' || substr(md5('{} ' || cast({} as varchar)), 1, 15) as bigint)"


def path_edges() -> str:
    left, right = NODE.format("path", "range"), NODE.format("path", "range + 1")
    return f"select {left} as left_node, {right} as right_node from range({NODES} - 1)"


def star_edges() -> str:
    centre, leaf = NODE.format("star", "0"), NODE.format("star", "range + 1")
    return f"select {leaf} as left_node, {centre} as right_node from range({NODES} - 1)"


# A pair, told three times over and with itself, and a triangle.
SMALL = (
    "select * from (values (7, 9), (9, 7), (7, 9), (7, 7), (1, 2), (2, 3), (3, 1)) "
    "as edges (left_node, right_node)"
)


@pytest.fixture(scope="module")
def components(tmp_path_factory: pytest.TempPathFactory) -> dict[int, int]:
    """The component of every node, as the materialisation finds it."""
    home = tmp_path_factory.mktemp("components")
    (home / "models").mkdir()
    project = {
        "name": "cx",
        "version": "1.0",
        "profile": "cx",
        "macro-paths": [str(PROJECT / "macros" / "identity"), str(PROJECT / "macros" / "portable")],
        "vars": {"timezone": "UTC"},
        "flags": {"send_anonymous_usage_stats": False},
    }
    output = {"type": "duckdb", "path": str(home / "graph.duckdb"), "schema": "main"}
    profile = {"cx": {"target": "duckdb", "outputs": {"duckdb": output}}}
    (home / "dbt_project.yml").write_text(yaml.safe_dump(project))
    (home / "profiles.yml").write_text(yaml.safe_dump(profile))
    (home / "models" / "components.sql").write_text(
        "{{ config(materialized='connected_components') }}\n"
        f"{path_edges()} union all {star_edges()} union all {SMALL}\n"
    )
    folders = ["--project-dir", str(home), "--profiles-dir", str(home)]
    result = dbtRunner().invoke(["run", "--quiet", *folders])
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    assert result.success, told(result)
    with duckdb.connect(str(home / "graph.duckdb"), read_only=True) as connection:
        tables = connection.execute("select table_name from duckdb_tables()").fetchall()
        rows = connection.execute("select node, component from components").fetchall()
    assert tables == [("components",)], "scratch tables stayed behind"
    assert len(rows) == len(dict(rows)), "a node stands in two components"
    return dict(rows)


def nodes_of(edges: str) -> set[int]:
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select left_node from ({edges}) union select right_node from ({edges})"
        ).fetchall()
    return {node for (node,) in rows}


@pytest.mark.parametrize("edges", [path_edges(), star_edges()], ids=["path", "star"])
def test_giant_component_is_one_and_named_by_its_smallest_node(
    components: dict[int, int], edges: str
) -> None:
    nodes = nodes_of(edges)
    assert len(nodes) == NODES
    assert {components[node] for node in nodes} == {min(nodes)}


def test_components_are_as_networks_of_hand_size_are(components: dict[int, int]) -> None:
    members: dict[int, set[int]] = defaultdict(set)
    for node, component in components.items():
        if node < 10:
            members[component].add(node)
    assert members == {1: {1, 2, 3}, 7: {7, 9}}


def test_nothing_else_is_found(components: dict[int, int]) -> None:
    assert len(set(components.values())) == 4
