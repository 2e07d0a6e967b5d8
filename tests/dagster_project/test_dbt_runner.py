"""dbt in this process: what is built, what is refused, and that the files are let go of."""

from pathlib import Path

import duckdb
import pytest

from dagster_project import dbt_runner
from dagster_project.dbt_runner import BuildResult, DbtFailed
from dagster_project.settings import Settings


def build(project: Path, settings: Settings, **options: object) -> BuildResult:
    values = dbt_runner.variables(settings)
    return dbt_runner.build(settings, values, project=project, **options)  # type: ignore[arg-type]


def change_raw(settings: Settings, statement: str) -> None:
    with duckdb.connect(str(settings.raw)) as connection:
        connection.execute(statement)


def test_build_makes_and_tests_the_models_and_lets_go_of_the_files(
    project: Path, settings: Settings
) -> None:
    told: list[tuple[int, int, str]] = []
    built = build(project, settings, on_node=lambda *node: told.append(node))
    assert not built.broken
    assert sorted((node.kind, node.status) for node in built.nodes) == [
        ("model", "success"),
        ("model", "success"),
        ("test", "pass"),
        ("test", "pass"),
    ]
    assert {total for _, total, _ in told} == {4}
    assert sorted(done for done, _, _ in told) == [1, 2, 3, 4]
    with duckdb.connect(str(settings.warehouse)) as connection:
        found = connection.execute("select distinct brand, zone from marts.fct_orders").fetchall()
    assert found == [("Acme", "UTC")]
    change_raw(settings, "insert into raw_files.orders values ('c')")


def test_everything_dbt_writes_is_in_the_home(project: Path, settings: Settings) -> None:
    before = sorted(project.rglob("*"))
    build(project, settings)
    assert sorted(project.rglob("*")) == before
    assert (settings.dbt / "target" / "partial_parse.msgpack").exists()


def test_refused_test_says_what_it_objects_to(project: Path, settings: Settings) -> None:
    change_raw(settings, "insert into raw_files.orders values ('a')")
    built = build(project, settings)
    refused = [node for node in built.nodes if node.status == "fail"]
    assert [node.name for node in refused] == ["unique_fct_orders_order_id"]
    assert "n_records=2" in refused[0].told()
    assert [node.name for node in built.nodes if node.status == "skipped"] == ["rpt_orders"]
    built.require_whole()


def test_refused_test_of_ones_own_says_what_a_row_means(project: Path, settings: Settings) -> None:
    header = "-- A returned row is an order\n-- that nobody made.\n"
    (project / "tests").mkdir(exist_ok=True)
    (project / "tests" / "assert_orders_are_made.sql").write_text(
        f"{header}select * from {{{{ ref('fct_orders') }}}}", encoding="utf-8"
    )
    [refused] = [node for node in build(project, settings).nodes if node.status == "fail"]
    assert refused.told().startswith("A returned row is an order that nobody made. Got ")
    assert "; row: " in refused.told()


def test_acknowledged_test_lets_what_stands_behind_it_be_built(
    project: Path, settings: Settings
) -> None:
    change_raw(settings, "insert into raw_files.orders values ('a')")
    name = "unique_fct_orders_order_id"
    built = build(project, settings, without_tests={name})
    statuses = {node.name: node.status for node in built.nodes}
    assert statuses["rpt_orders"] == "success"
    assert name not in statuses


def test_view_that_is_kept_is_tested_all_the_same(project: Path, settings: Settings) -> None:
    """Its rows are those of the tables below it; what reads it still waits for its tests."""
    model = project / "models" / "fct_orders.sql"
    model.write_text("{{ config(materialized='view') }}" + model.read_text())
    assert build(project, settings).is_complete
    change_raw(settings, "insert into raw_files.orders values ('a')")
    built = build(project, settings, keep_definitions=True)
    assert {(node.kind, node.name, node.status) for node in built.nodes} == {
        ("test", "not_null_fct_orders_order_id", "pass"),
        ("test", "unique_fct_orders_order_id", "fail"),
        ("model", "rpt_orders", "skipped"),
    }


def test_build_that_a_failed_test_cut_short_is_not_complete(
    project: Path, settings: Settings
) -> None:
    change_raw(settings, "insert into raw_files.orders values ('a')")
    assert not build(project, settings).is_complete


def test_broken_model_is_a_failure_of_the_run(project: Path, settings: Settings) -> None:
    (project / "models" / "fct_orders.sql").write_text("select no_such_column as order_id")
    built = build(project, settings)
    with pytest.raises(DbtFailed, match=r"fct_orders: .*no_such_column"):
        built.require_whole()
    change_raw(settings, "insert into raw_files.orders values ('c')")


def test_project_that_does_not_parse_is_a_failure_of_the_run(
    project: Path, settings: Settings
) -> None:
    (project / "models" / "fct_orders.sql").write_text("select {{ nothing( }}")
    with pytest.raises(DbtFailed, match="dbt build"):
        build(project, settings)


def test_manifest_is_parsed_again_only_when_something_changed(
    project: Path, settings: Settings
) -> None:
    values = dbt_runner.variables(settings)
    path = dbt_runner.ensure_manifest(settings, values, project=project)
    first = path.stat().st_mtime_ns
    dbt_runner.ensure_manifest(settings, values, project=project)
    assert path.stat().st_mtime_ns == first
    (project / "models" / "rpt_orders.sql").write_text("select 1 as orders")
    dbt_runner.ensure_manifest(settings, values, project=project)
    assert path.stat().st_mtime_ns > first


def test_variables_name_the_sources_that_have_a_load(settings: Settings) -> None:
    assert dbt_runner.variables(settings)["sources"] == ["files", "olist"]
    empty = Settings(home=settings.home / "new")
    assert dbt_runner.variables(empty)["sources"] == ["files"]
    assert dbt_runner.variables(empty, ["olist"])["sources"] == ["files", "olist"]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("customer_key", 17, "customer_key=17"),
        ("order_id", "A-17", "order_id=A-17"),
        ("order_id", "ann@example.org", "order_id=(withheld)"),
        ("email", "ann", "email=(withheld)"),
        ("text", "my phone is 123", "text=(withheld)"),
        ("score", None, "score=None"),
    ],
)
def test_rows_in_logs_say_nothing_about_a_person(name: str, value: object, shown: str) -> None:
    assert dbt_runner.described_row([name], [value]) == shown
