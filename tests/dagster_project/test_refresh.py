"""A home through its life: first refresh, nothing new, a blocked run, its release, the way back.

A refresh costs seconds, so the whole life is lived once and each test looks at one step of it.
"""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project import run_report
from dagster_project.console import Silent
from dagster_project.definitions import build_definitions
from dagster_project.fingerprint import shape
from dagster_project.manifest import manifest_of
from dagster_project.refresh import Run
from dagster_project.run_report import RunReport
from dagster_project.settings import Settings, load_settings
from ingestion.pipelines import ensure_raw
from publishing import serving

ROOT = Path(__file__).parents[2]
HEAVY = ("dagster", "dbt", "dlt", "great_expectations", "altair", "scipy", "pandas")
# Runs a command and tells on stderr's last line which heavy packages it imported.
RUN = (
    "import sys; from dagster_project.cli import main; code = main(sys.argv[1:]); "
    f"print('heavy:', [n for n in {HEAVY!r} if n in sys.modules], file=sys.stderr); sys.exit(code)"
)
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
BLOCKING = "marts.quarantine.files.orders"
CUSTOMERS = (
    "customer_id,email,created_at\nc1,ann@x.example,2024-01-01\nc2,bob@x.example,2024-01-02\n"
)
ORDERS = "order_id,ordered_at,customer_id,amount,status\n"
FIRST_ORDERS = "".join(f"o{i},2024-02-{i:02},c{1 + i % 2},10,delivered\n" for i in range(1, 21))
LATE_ORDER = "late,2024-01-15,c1,12,delivered\n"
BAD_ORDERS = "".join(f"b{i},2024-02-20,c1,-10,delivered\n" for i in range(60))
ANSWERS = (
    "response_id,survey_id,question_id,responded_at,score,customer_id\n"
    "r1,s1,nps,2024-03-01,10,c1\nr2,s1,nps,2024-03-01,11,c2\nr3,s1,nps,2024-03-01,6,c2\n"
)


@dataclass(frozen=True)
class Step:
    """What one command left behind."""

    code: int
    out: str
    err: str
    report: RunReport
    served: str
    files: tuple[str, ...]

    @property
    def imported(self) -> str:
        return self.err.strip().splitlines()[-1]


def cx(home: Path, *arguments: str) -> Step:
    ended = subprocess.run(
        [sys.executable, "-c", RUN, *arguments, "--home", str(home)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=ENVIRONMENT,
    )
    published = home / "serving.duckdb"
    return Step(
        code=ended.returncode,
        out=ended.stdout,
        err=ended.stderr,
        report=run_report.reports(home / "runs")[0],
        served=serving.current_run_id(home) if serving.is_readable(published) else "",
        files=tuple(sorted(path.name for path in home.iterdir())),
    )


def kill_while_it_runs(home: Path) -> None:
    """Begin a refresh and end it as a power cut would."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "refresh", "--full", "--home", str(home)],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while run_report.reports(home / "runs")[0].status != "running":
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()


def spoil(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"no database" * 1000)


def mishaps(copy: Path) -> dict[str, Step]:
    """What befalls a home, and what each command makes of it."""
    kill_while_it_runs(copy)
    steps = {"killed": cx(copy, "status")}
    shutil.rmtree(copy / "site")
    steps["without site"] = cx(copy, "refresh")
    spoil(copy / "serving.duckdb")
    spoil(serving.snapshots(copy)[0])
    steps["back to what opens"] = cx(copy, "rollback")
    spoil(copy / "serving.duckdb")
    spoil(copy / "warehouse.duckdb")
    steps["doctor"] = cx(copy, "doctor")
    steps["rebuilt"] = cx(copy, "refresh")
    return steps


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "customers.csv").write_text(CUSTOMERS)
    (folder / "orders.csv").write_text(ORDERS + FIRST_ORDERS)
    (folder / "survey_responses.csv").write_text(ANSWERS)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes") / "home"


@pytest.fixture(scope="module")
def life(inputs: Path, home: Path) -> Mapping[str, Step]:
    """Every step in its order, by name."""
    steps = {"first": cx(home, "refresh", "--inputs", str(inputs))}
    steps["unchanged"] = cx(home, "refresh")
    steps["full"] = cx(home, "refresh", "--full")
    (inputs / "orders.csv").write_text(ORDERS + FIRST_ORDERS + LATE_ORDER)
    (inputs / "survey_responses.csv").write_text("response_id,score\nr9,9\n")
    steps["late and refused"] = cx(home, "refresh", "--json")
    steps["diff"] = cx(home, "status", "--diff")
    steps["back"] = cx(home, "rollback")
    (inputs / "survey_responses.csv").write_text(ANSWERS)
    steps["unchanged after back"] = cx(home, "refresh")
    copy = home.with_name("copy")
    shutil.copytree(home, copy)
    steps |= mishaps(copy)
    (inputs / "orders.csv").write_text(ORDERS + FIRST_ORDERS + LATE_ORDER + BAD_ORDERS)
    (inputs / "reviews.csv").write_text("no_such_column\n1\n")
    (inputs / "\x1b[31munknown.csv").write_text("a\n1\n")
    steps["blocked"] = cx(home, "refresh")
    steps["wrong release"] = cx(home, "release", "--acknowledge", "no.such", "--reason", "x")
    steps["released"] = cx(home, "release", "--acknowledge", BLOCKING, "--reason", "a known flood")
    steps["unchanged after release"] = cx(home, "refresh")
    return steps


def test_first_refresh_publishes_and_says_where_to_look(
    life: Mapping[str, Step], home: Path
) -> None:
    first = life["first"]
    assert first.code == 0, first.err
    assert first.served == first.report.run_id
    for place in ("site/index.html", "serving.duckdb", "data_docs", "runs/latest.json"):
        assert (home / place).exists()
        assert str(home / place) in first.out
    assert re.search(r"files +orders +20 +20 +0 +0 +0", first.out)
    assert re.search(r"files +survey_responses +3 +2 +0 +0 +1", first.out)
    assert "repeat_purchase_rate" in first.out


def test_new_home_is_parsed_once_beside_the_reading(life: Mapping[str, Step], home: Path) -> None:
    """The parse ahead foresees the sources; if not, a second one would come before the build."""
    assert life["first"].code == 0
    told = (home / "dbt" / "logs" / "dbt.log").read_text().split("Running with dbt")
    assert "MainThread" not in told[0].splitlines()[-1]
    assert ["Concurrency" in call for call in told[1:4]] == [False, True, True]


def test_run_report_tells_all_that_readers_rely_on(life: Mapping[str, Step], home: Path) -> None:
    report = life["first"].report
    assert report.status == "published"
    assert report.as_of == "2024-03-01T00:00:00.000+00:00"
    assert datetime.fromisoformat(report.started_at) < datetime.fromisoformat(report.finished_at)
    assert [stage.name for stage in report.stages] == [
        "ingest",
        "prepare",
        "gate raw",
        "build",
        "analyse",
        "reports",
        "gate marts",
        "publish",
        "site",
    ]
    assert report.stages[0].rows == 25
    assert {account.entity: account.quarantined for account in report.row_accounts} == {
        "customers": 0,
        "orders": 0,
        "survey_responses": 1,
    }
    assert all(
        a.read == a.accepted + a.superseded + a.withdrawn + a.quarantined
        for a in report.row_accounts
    )
    assert report.published == ("serving", "site")
    assert {check.gate for check in report.gate_results} == {"raw", "marts"}
    assert any(check.key.startswith("dbt.") for check in report.gate_results)
    assert report.peak_rss_bytes > 50_000_000
    assert report.versions["duckdb"] == duckdb.__version__
    assert json.loads((home / "runs" / "latest.json").read_text())["run_id"] == (
        life["unchanged after release"].report.run_id
    )


def test_snapshot_tells_of_its_own_run_and_checks(life: Mapping[str, Step], home: Path) -> None:
    assert serving.current_run_id(home) == life["released"].served
    with duckdb.connect(str(home / "serving.duckdb"), read_only=True) as connection:
        runs = connection.execute(
            "select status from ops.runs where run_id = (select run_id from ops.snapshot)"
        ).fetchall()
        checks = connection.execute(
            "select acknowledged_reason from ops.gate_results where status = 'acknowledged'"
            " and run_id = (select run_id from ops.snapshot) and check_key = ?",
            [BLOCKING],
        ).fetchall()
    assert runs == [("published",)]
    assert checks == [("a known flood",)]


def test_nothing_new_is_skipped_without_importing_the_builders(life: Mapping[str, Step]) -> None:
    first, again = life["first"], life["unchanged"]
    assert again.code == 0, again.err
    assert again.report.status == "skipped"
    assert f"inputs unchanged since run {first.report.run_id}" in again.out
    assert first.report.finished_at in again.out
    assert again.served == first.served
    assert again.imported == "heavy: []"
    assert again.report.gate_results == ()


def test_full_rebuild_publishes_identical_tables(life: Mapping[str, Step]) -> None:
    full = life["full"]
    assert full.code == 0, full.err
    assert full.served == full.report.run_id != life["first"].served
    assert full.report.content_hashes == life["first"].report.content_hashes


def test_late_row_changes_what_it_must_and_json_is_one_object(life: Mapping[str, Step]) -> None:
    late = life["late and refused"]
    told = json.loads(late.out)
    assert told["run_id"] == late.report.run_id == late.served
    changed = {
        name
        for name, content in late.report.content_hashes.items()
        if content != life["full"].report.content_hashes[name]
    }
    assert "marts.fct_orders" in changed
    assert "marts.fct_survey_responses" not in changed
    assert re.search(r"marts\.fct_orders +20 +21", life["diff"].out)


def test_refused_file_is_told_and_the_rest_is_published(life: Mapping[str, Step]) -> None:
    refused = life["late and refused"]
    assert refused.code == 4, refused.err
    assert refused.report.status == "published"
    assert [(r.entity, r.file) for r in refused.report.refusals] == [
        ("survey_responses", "survey_responses.csv")
    ]
    assert "question_id" in refused.report.refusals[0].message


def test_rollback_brings_the_snapshot_before_back_and_keeps_it(life: Mapping[str, Step]) -> None:
    """A nightly run with nothing new must not bring back what somebody has just taken away."""
    assert life["back"].code == 0, life["back"].err
    assert life["back"].served == life["full"].served
    assert life["unchanged after back"].report.status == "skipped"
    assert life["unchanged after back"].served == life["full"].served
    assert "rolled back" in life["unchanged after back"].out
    assert "`cx refresh --full` publishes the newest again" in life["unchanged after back"].out


def test_blocked_run_publishes_nothing_and_says_why(life: Mapping[str, Step]) -> None:
    blocked = life["blocked"]
    assert blocked.code == 1, blocked.err
    assert blocked.report.status == "blocked"
    assert blocked.report.published == ()
    assert blocked.served == life["back"].served
    assert BLOCKING in [check.key for check in blocked.report.blocking()]
    assert BLOCKING in blocked.err
    assert "60 of 81" in blocked.err
    assert f"cx release --acknowledge {BLOCKING}" in blocked.err
    assert re.search(r"files +orders +81 +\d+ +\d+ +0 +60", blocked.out)


def test_only_what_blocks_can_be_acknowledged(life: Mapping[str, Step]) -> None:
    assert life["wrong release"].code == 2
    assert BLOCKING in life["wrong release"].err


def test_release_publishes_on_record(life: Mapping[str, Step]) -> None:
    released = life["released"]
    assert released.code == 4, released.err
    assert released.served == released.report.run_id
    assert released.report.acknowledged == {BLOCKING: "a known flood"}
    statuses = {check.key: check.status for check in released.report.gate_results}
    assert statuses[BLOCKING] == "acknowledged"
    assert life["unchanged after release"].report.status == "skipped"


def test_release_tells_of_files_that_the_blocked_run_refused(life: Mapping[str, Step]) -> None:
    blocked, released = life["blocked"], life["released"]
    assert [refusal.file for refusal in blocked.report.refusals] == ["reviews.csv"]
    assert released.report.refusals == blocked.report.refusals
    assert "refused reviews.csv" in released.err


def test_no_file_name_can_speak_to_the_terminal(life: Mapping[str, Step]) -> None:
    assert "␛[31munknown.csv" in life["blocked"].err
    assert "\x1b" not in "".join(step.out + step.err for step in life.values())


def test_stderr_of_a_run_is_ours_alone(life: Mapping[str, Step]) -> None:
    assert "WARNING" not in "".join(step.err for step in life.values())


def test_no_command_prints_an_address(life: Mapping[str, Step]) -> None:
    for step in life.values():
        assert "@x.example" not in step.out + step.err


def test_home_holds_what_is_documented_and_nothing_else(life: Mapping[str, Step]) -> None:
    names = {
        re.sub(r"serving-\d.*\.duckdb", "serving-<run>.duckdb", n)
        for n in life["late and refused"].files
    }
    assert names == {
        "cx.toml",
        "dagster",
        "data_docs",
        "dbt",
        "hash.key",
        "raw.duckdb",
        "runs",
        "serving-<run>.duckdb",
        "serving.duckdb",
        "site",
        "warehouse.duckdb",
        "writer.lock",
    }


def test_killed_run_is_told_by_status_and_by_the_next_run(life: Mapping[str, Step]) -> None:
    killed = life["killed"]
    assert killed.report.status == "running"
    assert re.search(rf"{killed.report.run_id} +failed .*did not end", killed.out)
    note = f"note: run {killed.report.run_id} did not end (killed?)"
    assert note in life["without site"].err
    assert note not in life["rebuilt"].err


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """What builds say of a warehouse with this stamp, of two that are killed before they end."""
    settings = Settings(home=tmp_path)
    ensure_raw(settings.raw, hash_key="a secret of the tests")
    duckdb.connect(str(settings.warehouse)).close()
    settings.shape_file.parent.mkdir()
    told: list[str] = []

    def killed(*_: object, **__: object) -> None:
        raise SystemExit

    def after(last_load: str) -> list[str]:
        settings.shape_file.write_text(f"{shape(settings)}{last_load}", encoding="utf-8")
        for _ in range(2):
            with pytest.raises(SystemExit):
                Run(settings=settings, teller=Silent()).build()
        return told

    monkeypatch.setattr(Run, "_dbt_build", killed)
    monkeypatch.setattr(Silent, "say", lambda _, text: told.append(text))
    return after


INTERRUPTED = "the last build was interrupted or failed: all rows are built again"


def test_rows_are_built_again_after_a_build_that_did_not_end_for_that_reason(
    said: Callable[[str], list[str]],
) -> None:
    """After `kill -9` the next run said that models or settings had changed, which they had not."""
    assert said("\n") == [INTERRUPTED]


def test_rows_are_built_again_of_a_raw_that_lacks_what_they_were_built_of(
    said: Callable[[str], list[str]],
) -> None:
    """A new raw numbers its loads from 1 again: rows of the old one would be taken for its own."""
    assert said("\n7 files 2026-01-05 08:00:00") == [
        "raw.duckdb is a new one, or from a backup: all rows are built again",
        INTERRUPTED,
    ]


def test_deleted_site_is_drawn_again_by_a_run_with_nothing_new(life: Mapping[str, Step]) -> None:
    again = life["without site"]
    assert again.code == 0, again.err
    assert again.report.status == "skipped"
    assert again.report.published == ("site",)
    assert "site" in again.files


def test_damaged_snapshot_is_rolled_back_to_the_newest_that_opens(
    life: Mapping[str, Step],
) -> None:
    back = life["back to what opens"]
    assert back.code == 0, back.err
    assert back.served == life["full"].served


def test_damaged_snapshot_and_warehouse_are_rebuilt_by_a_plain_refresh(
    life: Mapping[str, Step],
) -> None:
    for part in ("warehouse", "published"):
        assert re.search(rf"{part} +NOT WELL", life["doctor"].out)
    rebuilt = life["rebuilt"]
    assert rebuilt.code == 0, rebuilt.err
    assert f"compared with run {life['full'].served} instead" in rebuilt.err
    assert "warehouse.duckdb.unreadable" in rebuilt.err
    assert "warehouse.duckdb.unreadable" in rebuilt.files
    assert rebuilt.served == rebuilt.report.run_id
    assert rebuilt.report.content_hashes == life["late and refused"].report.content_hashes


def test_dagsters_own_run_with_nothing_new_builds_nothing(
    life: Mapping[str, Step], home: Path
) -> None:
    """The nightly run goes through the same assets: it ends after its first step."""
    settings = load_settings(home)
    job = build_definitions(settings, manifest_of(settings)).resolve_job_def("refresh")
    result = job.execute_in_process(raise_on_error=False)
    assert result.success
    ended = {e.step_key: e.event_type_value for e in result.all_events if e.is_step_event}
    assert ended.pop("ingest") == "STEP_SUCCESS"
    assert set(ended.values()) == {"STEP_SKIPPED"}
    assert serving.current_run_id(home) == life["released"].served
    assert run_report.reports(home / "runs")[0].status == "skipped"
