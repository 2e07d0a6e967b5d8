"""`cx publish metabase` as its user meets it: settings, what it prints, exit codes, the record."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.cli import main
from publishing import serving
from publishing.metabase.client import Account, Client
from publishing.metabase.state import bi_objects
from tests.publishing.metabase.boards import TABLES
from tests.publishing.metabase.local_server import API_KEY, Fault, Metabase, served
from tests.publishing.site import snapshots

TOKEN = "postgresql://bi:a-password-of-the-database@db/cx"


@pytest.fixture
def metabase() -> Metabase:
    server = Metabase(tables=TABLES)
    server.polls_until_synced = 0
    return server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a snapshot in it, as a refresh would have left it."""
    snapshots.full(tmp_path / "serving-r1.duckdb")
    with duckdb.connect(str(tmp_path / "serving-r1.duckdb")) as connection:
        connection.execute("create or replace table ops.snapshot as select 'r1' as run_id")
    (tmp_path / "serving.duckdb").hardlink_to(tmp_path / "serving-r1.duckdb")
    return tmp_path


@pytest.fixture
def cx(metabase: Metabase, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Runs the command in this process against the local server."""
    for url in served(metabase):
        monkeypatch.setenv("CX_METABASE_URL", url)
        monkeypatch.setenv("CX_METABASE_API_KEY", API_KEY)
        yield lambda *options: main(["publish", "metabase", "--home", str(home), *options])
    assert metabase.violations == []


def test_twice_and_what_was_made_is_on_record(
    cx: Any, metabase: Metabase, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cx("--dry-run") == 0
    assert "A dry run: nothing was written." in capsys.readouterr().out
    assert metabase.writes() == [] and not (home / "metabase.json").exists()
    assert cx("--json") == 0
    first = json.loads(capsys.readouterr().out)
    assert len(first["created"]) > 25 and first["left"] == {}
    written = len(metabase.writes())
    assert cx() == 0
    assert "created: 0; changed: 0; archived: 0; left: 0" in capsys.readouterr().out
    assert len(metabase.writes()) == written
    with duckdb.connect(str(home / "serving.duckdb"), read_only=True) as connection:
        rows = connection.execute("select kind, count(*) from ops.bi_objects group by 1").fetchall()
        kept = connection.execute("select count(*) from marts.rpt_metrics").fetchone()
    assert dict(rows)["dashboard"] == len(metabase.dashboards)
    assert kept and kept[0] > 0
    assert serving.current_run_id(home) == "r1"
    assert (home / "metabase.json").stat().st_mode & 0o077 == 0


def test_a_reader_of_the_old_snapshot_goes_on_reading(cx: Any, home: Path) -> None:
    with duckdb.connect(str(home / "serving.duckdb"), read_only=True) as reader:
        assert cx() == 0
        assert reader.execute("select count(*) from marts.rpt_metrics").fetchone()
    before = (home / "serving.duckdb").stat().st_ino
    assert cx() == 0
    # nothing new: the snapshot is not written again
    assert (home / "serving.duckdb").stat().st_ino == before


def test_what_is_left_has_its_own_exit_code(
    cx: Any, metabase: Metabase, capsys: pytest.CaptureFixture[str]
) -> None:
    metabase.groups[77] = "Customer experience viewers"
    assert cx() == 4
    assert (
        "left    group viewers: 'Customer experience viewers' is there already"
        in capsys.readouterr().out
    )


def test_a_failure_says_that_it_can_be_run_again(
    cx: Any, metabase: Metabase, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    metabase.faults = [Fault("POST", "/api/dashboard", is_lost=True)]
    assert cx() == 3
    assert "may have been carried out. Run it again" in capsys.readouterr().out
    assert bi_objects(home / "metabase.json").num_rows > 10
    assert cx() == 0
    assert len({d["name"] for d in metabase.dashboards.values()}) == len(metabase.dashboards)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"version": 2, "servers": {}}',
        '{"version": 1, "servers": {"URL": 5}}',
        '{"version": 1, "servers": {"URL": {"card:a": {"kind": "card"}}}}',
        '{"version": 1, "servers": {"another": {"card:a": {"strange": 1}}}}',
    ],
)
@pytest.mark.parametrize("options", [["--dry-run"], []])
def test_a_damaged_record_is_named_with_its_cure(
    cx: Any,
    home: Path,
    metabase: Metabase,
    capsys: pytest.CaptureFixture[str],
    content: str,
    options: list[str],
) -> None:
    content = content.replace("URL", os.environ["CX_METABASE_URL"])
    (home / "metabase.json").write_text(content)
    assert cx(*options) == 2
    assert "restore it from a backup, or move it away" in capsys.readouterr().err
    assert (home / "metabase.json").read_text() == content and metabase.writes() == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CX_METABASE_URL", "", "CX_METABASE_URL is not set"),
        ("CX_METABASE_URL", "bi.example.com", "not an address such as"),
        ("CX_METABASE_URL", "http://[bad", "not an address such as"),
        ("CX_METABASE_URL", "http://bi.example.com:abc", "not an address such as"),
        ("CX_METABASE_API_KEY", "", "CX_METABASE_API_KEY is not set"),
        ("CX_METABASE_API_KEY", "mb_two\nlines", "CX_METABASE_API_KEY holds"),
        ("CX_METABASE_API_KEY", "mb_کلید", "CX_METABASE_API_KEY holds"),
        ("CX_METABASE_API_KEY", "wrong", "check CX_METABASE_API_KEY"),
        ("CX_METABASE_DATABASE", "mysql://db/cx", "CX_METABASE_DATABASE is neither"),
        ("CX_METABASE_RECIPIENTS", "board", "CX_METABASE_RECIPIENTS is a list"),
        ("CX_METABASE_EMBEDDING", "yes", "give 1 or 0"),
    ],
)
def test_a_wrong_setting_is_named_with_its_cure(
    cx: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    told: str,
) -> None:
    monkeypatch.setenv(name, value)
    assert cx() == 2
    assert told in capsys.readouterr().err


def test_nothing_of_a_password_is_told(
    cx: Any,
    metabase: Metabase,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CX_METABASE_DATABASE", TOKEN)
    body = {"message": "could not sign in with a-password-of-the-database"}
    metabase.faults = [Fault("POST", "/api/database", status=400, body=body)]
    assert cx() == 3
    assert cx() == 0
    told = "".join(capsys.readouterr()) + (home / "metabase.json").read_text()
    assert "a-password" not in told and "could not sign in with ***" in told
    assert "check that CX_METABASE_DATABASE is right as seen from Metabase" in told
    assert metabase.secrets.popitem()[1] == {"password": "a-password-of-the-database"}


def test_options_of_metabase_are_its_own(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", "site", "--prune", "--home", str(home)]) == 2
    assert "--prune belongs to `cx publish metabase`" in capsys.readouterr().err


@pytest.mark.skipif(
    "METABASE_TEST_URL" not in os.environ,
    reason="no real Metabase: name one by METABASE_TEST_URL and METABASE_TEST_API_KEY; its "
    "CX_METABASE_DATABASE (METABASE_TEST_DATABASE) must hold a published snapshot",
)
def test_a_real_server_is_brought_in_step(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It leaves a collection `cx test` behind, with all that lies in it."""
    url, key = os.environ["METABASE_TEST_URL"], os.environ["METABASE_TEST_API_KEY"]
    monkeypatch.setenv("CX_METABASE_URL", url)
    monkeypatch.setenv("CX_METABASE_API_KEY", key)
    monkeypatch.setenv("CX_METABASE_COLLECTION", "cx test")
    monkeypatch.setenv("CX_METABASE_DATABASE", os.environ["METABASE_TEST_DATABASE"])
    arguments = ["publish", "metabase", "--json", "--adopt", "--force", "--home", str(home)]
    assert main(arguments) == 0
    capsys.readouterr()
    assert main(arguments) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["created"] == again["changed"] == []
    with Client(url, Account(api_key=key)) as client:
        client.sign_in()
        cards = [
            r["id"] for r in bi_objects(home / "metabase.json").to_pylist() if r["kind"] == "card"
        ]
        failed = [
            n for n in cards if client.post(f"/api/card/{n}/query", {})["status"] != "completed"
        ]
    assert failed == []
