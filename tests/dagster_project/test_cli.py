"""The shell door: help, exit codes, and what a command must not import."""

import http.client
import json
import re
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project.cli import main
from dagster_project.cli.publishing import site_server
from dagster_project.lock import writer_lock
from dagster_project.run_report import Refusal, begun, new_run_id, write_report
from dagster_project.settings import load_settings, remember_inputs
from ingestion.fetches import note_fetch
from ingestion.pipelines import ensure_raw
from publishing import serving
from tests.publishing.site import snapshots

COMMANDS = (
    "demo",
    "generate",
    "refresh",
    "check",
    "release",
    "status",
    "doctor",
    "publish",
    "rollback",
    "serve",
    "query",
)
HEAVY = ("dagster", "dbt", "dlt", "great_expectations", "altair", "scipy", "pandas")


@pytest.fixture(autouse=True)
def _home_of_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CX_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"Example: cx {command}" in " ".join(capsys.readouterr().out.split())


def test_overview_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    named = re.findall(r"(?m)^    ([a-z]+) ", capsys.readouterr().out)
    assert sorted(named) == sorted(COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["refrehs"],
        ["generate"],
        ["generate", "--out", "x", "--customers", "0"],
        ["generate", "--out", "x", "--through", "tomorrow"],
        ["release", "--acknowledge", "key"],
        ["serve", "--port", "70000"],
    ],
)
def test_wrong_arguments_end_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        (["query", "select 1"], "cx refresh"),
        (["refresh"], "--inputs DIR"),
        (["refresh", "--inputs", "/no/such/folder"], "/no/such/folder"),
        (["check"], "cx refresh"),
        (["status", "--diff"], "cx refresh"),
        (["rollback"], "cx refresh"),
        (["publish", "site"], "cx refresh"),
        (["serve"], "cx refresh"),
        (["generate", "--out", "/no/such/folder", "--customers", "1"], "customers must lie"),
        (["release", "--acknowledge", "key", "--reason", "because"], "nothing to release"),
    ],
)
def test_what_cannot_be_done_ends_with_2_in_one_line_with_the_cure(
    arguments: list[str], cure: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert cure in said.err
    assert said.err.startswith(f"cx {arguments[0]}: ")


def published(home: Path, run_id: str, *, lacks: str | None = None) -> None:
    """A snapshot of reports alone, one of them missing as in one of an older version."""
    snapshot = snapshots.full(home / f"serving-{run_id}.duckdb")
    with duckdb.connect(str(snapshot)) as connection:
        connection.execute("create table ops.snapshot as select ? as run_id", [run_id])
        if lacks is not None:
            connection.execute(f"drop table marts.{lacks}")
    shutil.copyfile(snapshot, home / "serving.duckdb")


@pytest.mark.parametrize("command", [["publish", "site"], ["rollback"]])
def test_a_snapshot_of_other_models_is_named_and_all_stays(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    published(home, "20250101-a", lacks="rpt_as_of")
    if command == ["rollback"]:
        published(home, "20250102-a")
    before = serving.current_run_id(home)
    assert main(command) == 2
    said = capsys.readouterr().err
    assert "was built by another version of the models" in said
    assert "cx refresh" in said and said.count("\n") == 1
    assert serving.current_run_id(home) == before
    assert not (home / "site").exists()


def test_unusable_setting_ends_with_2_and_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CX_TIMEZONE", "Mars/Base")
    assert main(["status"]) == 2
    said = capsys.readouterr().err
    assert "CX_TIMEZONE" in said
    assert said.count("\n") == 1


def test_unknown_setting_is_told_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CX_TIMEZON", "Europe/Berlin")
    assert main(["status", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["runs"] == []
    assert said.err == (
        "note: CX_TIMEZON in the environment is no setting and changes nothing "
        "(did you mean `CX_TIMEZONE`?)\n"
    )


def test_short_secret_is_refused_by_every_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CX_HASH_KEY", "short")
    assert main(["status"]) == 2
    assert "16 characters" in capsys.readouterr().err


def test_doctor_lists_a_lost_hash_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    ensure_raw(home / "raw.duckdb", hash_key="the key of somebody else")
    assert main(["doctor", "--json"]) == 2
    [unwell] = [f for f in json.loads(capsys.readouterr().out) if not f["is_well"]]
    assert unwell["what"] == "hash key"
    assert str(home / "hash.key") in unwell["found"] + unwell["cure"]
    assert "backup" in unwell["cure"]


def test_second_writer_ends_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "orders.csv").write_text("order_id,ordered_at\n1,2025-01-01\n")
    with writer_lock(tmp_path / "home" / "writer.lock"):
        assert main(["refresh", "--inputs", str(tmp_path)]) == 3
    assert "another run is writing" in capsys.readouterr().err


def test_mistyped_folder_is_not_remembered(tmp_path: Path) -> None:
    assert main(["refresh", "--inputs", str(tmp_path / "no")]) == 2
    assert not (tmp_path / "home" / "cx.toml").exists()


def test_status_of_a_new_home_says_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    assert "cx refresh" in capsys.readouterr().out


def test_doctor_finds_a_new_home_well_and_a_broken_one_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--json"]) == 0
    assert all(finding["is_well"] for finding in json.loads(capsys.readouterr().out))
    for name in ("raw", "warehouse", "serving"):
        (tmp_path / "home" / f"{name}.duckdb").write_text("not a database")
    (tmp_path / "home" / "hash.key").chmod(0o644)
    started = datetime(2025, 1, 1, tzinfo=UTC)
    write_report(tmp_path / "home" / "runs", begun(new_run_id(started), started))
    assert main(["doctor", "--json"]) == 2
    unwell = [f for f in json.loads(capsys.readouterr().out) if not f["is_well"]]
    assert [finding["what"] for finding in unwell] == [
        "hash key",
        "raw",
        "warehouse",
        "published",
        "dashboards",
        "last run",
    ]
    assert all(finding["cure"] for finding in unwell)


def test_check_of_a_damaged_warehouse_names_the_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "warehouse.duckdb").write_bytes(b"no database" * 1000)
    assert main(["check"]) == 2
    said = capsys.readouterr().err
    assert "cx refresh --full" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("arguments", [["query", "select 1"], ["status"], ["doctor"]])
def test_small_commands_import_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    """`cx query` is to answer in half a second; importing Dagster alone takes longer."""
    code = (
        "import sys; from dagster_project.cli import main; main(sys.argv[1:]); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, *arguments, "--home", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"


def test_site_is_served_on_this_machine_with_sane_headers(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>hello")
    (tmp_path / "assets").mkdir()
    with site_server(tmp_path, port=0) as server:
        assert server.server_address[0] == "127.0.0.1"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        with urllib.request.urlopen(base + "/") as answer:
            assert answer.read() == b"<p>hello"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["X-Frame-Options"] == "DENY"
        for path in ("/assets/", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(base + path)
            assert caught.value.code == 404
        server.shutdown()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("rebound.example", 421),
        ("localhost.rebound.example", 421),
        ("127.0.0.1.rebound.example:8000", 421),
        ("", 421),
    ],
)
def test_site_answers_only_to_names_of_this_machine(tmp_path: Path, host: str, status: int) -> None:
    """A page of another site whose name is made to mean 127.0.0.1 could read the dashboards."""
    (tmp_path / "index.html").write_text("<p>hello")
    with site_server(tmp_path, port=0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for method in ("GET", "HEAD"):
            connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
            connection.request(method, "/", headers={"Host": host})
            answer = connection.getresponse()
            assert answer.status == status
            assert b"hello" not in answer.read() or status == 200
        server.shutdown()


def test_killed_run_is_told_once_nobody_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = datetime(2025, 1, 1, tzinfo=UTC)
    write_report(tmp_path / "home" / "runs", begun("20250101T000000Z-aaaaaa", started))
    with writer_lock(tmp_path / "home" / "writer.lock"):
        assert main(["status", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["runs"][0]["status"] == "running"
    assert main(["status"]) == 0
    assert "did not end (killed?)" in capsys.readouterr().out


def test_status_tells_each_account_and_what_has_one_cure_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    lists = [f"list{number}" for number in range(6)]
    for hour, reason in ((1, None), (2, "secret_refused")):
        note_fetch(
            home / "raw.duckdb",
            source="zendesk",
            source_system="desk",
            reasons=dict.fromkeys(lists, reason),
            at=datetime(2026, 1, 1, hour, tzinfo=UTC),
        )
    (home / "cx.toml").write_text('[sources.zendesk]\nurl = "https://x.zendesk.com"\n')
    refused = [Refusal("desk", name, f"desk/{name}", "401: make a new one") for name in lists]
    started = datetime(2026, 1, 1, 2, tzinfo=UTC)
    ended = begun("20260101T020000Z-aaaaaa", started)
    ended = replace(ended, status="skipped", message="as it was", refusals=tuple(refused))
    write_report(home / "runs", ended)
    assert main(["status"]) == 0
    told = re.sub(" +", " ", capsys.readouterr().out)
    assert "skipped 2026-01-01T02:00:00 as it was; 6 refused" in told
    assert (
        "desk secret_refused 2026-01-01 01:00:00 2026-01-01 02:00:00 "
        "list0, list1, list2, list3 and 2 more"
    ) in told
    assert "desk desk/list0, desk/list1, desk/list2, desk/list3 and 2 more 401: make a" in told
    assert "zendesk never asked" in told


def test_demo_does_not_mix_two_companies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Raw forgets nothing: a second company in the same home would be counted with the first."""
    sample = tmp_path / "home" / "sample_company"
    size = ["--customers", "100", "--months", "2"]
    assert main(["generate", "--out", str(sample), *size, "--seed", "1"]) == 0
    assert main(["demo", *size, "--seed", "2"]) == 2
    assert "--seed 1" in capsys.readouterr().err
    remember_inputs(load_settings(tmp_path / "home"), [tmp_path])
    assert main(["demo", *size, "--seed", "1"]) == 2
    assert "--home DIR" in capsys.readouterr().err


def test_made_up_company_and_other_inputs_share_no_home(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Raw forgets nothing: a tenant's first refresh after the demo must not be counted with it."""
    made_up, own = tmp_path / "made up", tmp_path / "own"
    for folder in (made_up, own):
        folder.mkdir()
        (folder / "orders.csv").write_text("order_id,ordered_at\n1,2025-01-01\n")
    (made_up / "truth.json").write_text("{}")
    assert main(["refresh", "--inputs", str(own), "--inputs", str(made_up)]) == 2
    for first, second in ((made_up, own), (own, made_up)):
        home = tmp_path / f"home of {first.name}"
        remember_inputs(load_settings(home), [first])
        assert main(["refresh", "--inputs", str(second), "--home", str(home)]) == 2
        assert not (home / "raw.duckdb").exists()
        assert load_settings(home).inputs == (first,)
    for said in capsys.readouterr().err.splitlines():
        assert "--home DIR or CX_HOME" in said


def test_generate_says_what_to_do_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "company"
    assert main(["generate", "--out", str(out), "--customers", "100", "--months", "2"]) == 0
    assert f"cx refresh --inputs {out}" in capsys.readouterr().out
    assert (out / "truth.json").exists()
