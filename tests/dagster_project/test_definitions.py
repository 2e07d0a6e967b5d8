"""The asset graph: it loads, it is whole, and it changes only when somebody means it to."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.plan.resume_retry import ReexecutionStrategy
from dagster._daemon.auto_run_reexecution.auto_run_reexecution import get_reexecution_strategy

from dagster_project import lock, run_report
from dagster_project.dagster_home import ensure_dagster_home
from dagster_project.dbt_runner import ensure_manifest, variables
from dagster_project.definitions import build_definitions
from dagster_project.defs.automation import JOB, RunResource, arrival_sensor, nightly_schedule
from dagster_project.refresh import NotAudited
from dagster_project.settings import Settings, remember_inputs

STORED = Path(__file__).with_name("asset_graph.json")
RENEW = f"if that is meant: python {Path(__file__).name} (in its folder) writes the new one"


def make_definitions(home: Path) -> dg.Definitions:
    settings = Settings(home=home)
    values = {**variables(settings), "sources": ["files", "olist", "sfo_survey"]}
    return build_definitions(settings, ensure_manifest(settings, values))


def asset_graph(definitions: dg.Definitions) -> dict[str, list[str]]:
    """Each asset with what it is made from, as a person would write it."""
    graph = definitions.resolve_asset_graph()
    return {
        key.to_user_string(): sorted(p.to_user_string() for p in graph.get(key).parent_keys)
        for key in sorted(graph.get_all_asset_keys())
    }


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return make_definitions(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> dict[str, list[str]]:
    return asset_graph(definitions)


def test_asset_graph_is_the_stored_one(graph: dict[str, list[str]]) -> None:
    assert graph == json.loads(STORED.read_text()), RENEW


def test_graph_is_one_flow_from_raw_tables_to_the_site(graph: dict[str, list[str]]) -> None:
    beginnings = [key for key, made_from in graph.items() if not made_from]
    assert not [key for key in beginnings if not key.startswith(("raw_", "reference/"))]
    parents = [parent for made_from in graph.values() for parent in made_from]
    endings = set(graph) - set(parents)
    assert "site/pages" in endings
    assert not [key for key in endings if key.startswith(("marts/", "quarantine/"))]
    assert graph["site/pages"] == ["serving/snapshot"]


def test_every_asset_tells_who_what_and_where(definitions: dg.Definitions) -> None:
    lacking = [
        spec.key.to_user_string()
        for spec in definitions.resolve_all_asset_specs()
        if not (spec.description and spec.group_name and spec.owners and spec.kinds)
        or len(spec.key.path) != 2
    ]
    assert lacking == []


def test_gates_stand_between_the_stages(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    blocking: dict[str, set[str]] = {}
    for key in graph.asset_check_keys:
        if graph.get_check_spec(key).blocking:
            blocking.setdefault(key.name, set()).add(key.asset_key.path[0])
    assert set(blocking) == {"gate_raw", "gate_marts"}
    assert blocking["gate_marts"] == {"marts"}  # the quarantine is read by a report
    assert all(schema.startswith("raw_") for schema in blocking["gate_raw"])


def test_importing_the_definitions_touches_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import dagster_project.definitions"]
    root = Path(__file__).parents[2]
    environment = {"CX_HOME": str(tmp_path / "home"), "PYTHONPATH": str(root)}
    subprocess.run(command, env=environment, cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []


def test_schedule_runs_at_two_in_the_tenants_zone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, timezone="Asia/Tehran")
    nightly = nightly_schedule(settings)
    assert (nightly.cron_schedule, nightly.execution_timezone) == ("0 2 * * *", "Asia/Tehran")
    context = dg.build_schedule_context(
        scheduled_execution_time=datetime(2025, 1, 2, 2, tzinfo=UTC)
    )
    skipped = nightly.evaluate_tick(context)
    assert not skipped.run_requests
    assert "cx refresh --inputs" in (skipped.skip_message or "")
    remember_inputs(settings, [tmp_path])
    assert nightly.evaluate_tick(context).run_requests


def test_sensor_waits_until_files_stand_still_and_asks_once(tmp_path: Path) -> None:
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    settings = Settings(home=tmp_path / "home")
    sensor = arrival_sensor(settings)
    cursor: str | None = None

    def tick() -> list[str]:
        nonlocal cursor
        data = sensor.evaluate_tick(dg.build_sensor_context(cursor=cursor))
        cursor = data.cursor or cursor
        return [str(request.run_key) for request in data.run_requests or []]

    assert tick() == []
    remember_inputs(settings, [inputs])
    (inputs / "orders.csv").write_text("order_id\n")
    assert tick() == []
    (inputs / "orders.csv").write_text("order_id\n1\n")
    assert tick() == []
    first = tick()
    assert len(first) == 1
    assert tick() == []
    (inputs / "orders.csv").write_text("order_id\n1\n2\n")
    assert [tick(), len(tick()), tick()] == [[], 1, []]


def test_a_part_of_the_graph_cannot_publish(tmp_path: Path) -> None:
    """Materialising the snapshot alone in the UI would publish what no gate has seen."""
    with (
        dg.build_resources({"cx_run": RunResource(home=str(tmp_path))}) as resources,
        pytest.raises(NotAudited, match="launch the whole job"),
    ):
        resources.cx_run.publish()
    assert not (tmp_path / "serving.duckdb").exists()


def test_dagsters_own_run_holds_the_lock_and_leaves_a_report(tmp_path: Path) -> None:
    with dg.build_resources({"cx_run": RunResource(home=str(tmp_path))}) as resources:
        assert lock.holder(tmp_path / "writer.lock") is not None
        resources.cx_run.ingest()
    assert lock.holder(tmp_path / "writer.lock") is None
    report = run_report.reports(tmp_path / "runs")[0]
    assert (report.status, report.message) == ("failed", "the run ended before it published")


def test_setting_up_the_resource_alone_is_no_run(tmp_path: Path) -> None:
    """`dagster job execute` sets all resources up once more after the run, to load outputs."""
    with dg.build_resources({"cx_run": RunResource(home=str(tmp_path))}):
        pass
    assert not (tmp_path / "runs").exists()


def test_daemon_understands_the_configuration_that_we_write(tmp_path: Path) -> None:
    ensure_dagster_home(tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        pools = instance.get_concurrency_config().pool_config
        assert (pools.default_pool_limit, pools.pool_granularity.value) == (1, "run")
        assert instance.run_monitoring_enabled
        assert instance.run_retries_enabled
        assert not instance.telemetry_enabled


def test_a_run_whose_process_died_begins_anew(definitions: dg.Definitions) -> None:
    """The daemon goes on from the step that failed, unless told otherwise: a run that had ingested
    before it was killed was taken up behind its gate, and could never publish."""
    run = dg.DagsterRun(JOB, tags=definitions.resolve_job_def(JOB).run_tags)
    with dg.DagsterInstance.ephemeral() as instance:
        assert get_reexecution_strategy(run, instance) is ReexecutionStrategy.ALL_STEPS


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        found = asset_graph(make_definitions(Path(scratch)))
    STORED.write_text(json.dumps(found, indent=1) + "\n")
