"""`cx publish postgres` as its user meets it: settings, what it prints, exit codes."""

import json
from pathlib import Path

import duckdb
import psycopg
import pytest

from dagster_project.cli import main
from tests.publishing.site import snapshots


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a snapshot in it, as a refresh would have left it."""
    snapshots.full(tmp_path / "serving-r1.duckdb")
    with duckdb.connect(str(tmp_path / "serving-r1.duckdb")) as connection:
        connection.execute("create or replace table ops.snapshot as select 'r1' as run_id")
    (tmp_path / "serving.duckdb").hardlink_to(tmp_path / "serving-r1.duckdb")
    return tmp_path


def test_marts_are_copied_with_the_words_of_their_models(
    home: Path,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CX_POSTGRES_URL", postgres_url)
    monkeypatch.setenv("CX_POSTGRES_SCHEMA", "cx_marts")
    assert main(["publish", "postgres", "--home", str(home), "--json"]) == 0
    done = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert done["schema"] == "cx_marts" and done["run"] == "r1" and done["rows"] > 50
    with psycopg.connect(postgres_url) as connection:
        said = connection.execute("select obj_description('cx_marts.rpt_metrics'::regclass)")
        assert "metric" in str(said.fetchone())
        key = connection.execute(
            "select indexdef from pg_indexes where schemaname = 'cx_marts' "
            "and tablename = 'rpt_six_areas'"
        ).fetchone()
        assert key is not None and "(area, sub_metric)" in key[0]
    assert main(["publish", "postgres", "--home", str(home)]) == 0
    assert "holds run r1 already" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "options", "code", "said"),
    [
        ({}, [], 2, "CX_POSTGRES_URL is not set; give the server"),
        ({"CX_POSTGRES_SCHEMA": "a-b"}, [], 2, "CX_POSTGRES_SCHEMA is 'a-b'"),
        ({}, ["--prune"], 2, "--prune belongs to `cx publish metabase`"),
    ],
)
def test_what_cannot_be_used_is_said(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    settings: dict[str, str],
    options: list[str],
    code: int,
    said: str,
) -> None:
    if settings:
        monkeypatch.setenv("CX_POSTGRES_URL", "postgresql://cx:secret-word@127.0.0.1:1/none")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert main(["publish", "postgres", "--home", str(home), *options]) == code
    assert said in capsys.readouterr().err


def test_a_server_that_is_away_can_be_tried_again(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CX_POSTGRES_URL", "postgresql://cx:secret-word@127.0.0.1:1/none")
    assert main(["publish", "postgres", "--home", str(home)]) == 3
    told = capsys.readouterr()
    assert "cannot connect to PostgreSQL" in told.err
    assert "secret-word" not in told.err + told.out
