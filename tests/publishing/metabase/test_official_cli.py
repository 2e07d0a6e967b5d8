"""An independent reader: the official command line, `mb`, lists and reads what we have made.

It is a separate program under its own licence: installed for the test, run, never copied.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.publishing.metabase.conftest import Publisher
from tests.publishing.metabase.local_server import API_KEY

PACKAGE = "@metabase/cli@0.3.1"
Mb = Callable[..., Any]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where npm has installed it."""
    if not shutil.which("npm") or not shutil.which("node"):
        pytest.skip(f"npm is missing, so {PACKAGE} was NOT run: apt-get install npm")
    folder = tmp_path_factory.mktemp("mb")
    install = ["npm", "install", "--no-save", "--ignore-scripts", "--prefix", str(folder), PACKAGE]
    ended = subprocess.run(install, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    return folder / "node_modules" / ".bin" / "mb"


@pytest.fixture
def mb(program: Path, url: str, tmp_path: Path) -> Mb:
    """Runs one of its commands and returns what it prints, as values."""

    def run(*arguments: str) -> Any:
        ended = subprocess.run(
            [program, *arguments, "--json"],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "MB_URL": url,
                "MB_API_KEY": API_KEY,
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 0, f"{arguments}: {ended.stdout} {ended.stderr}"
        return json.loads(ended.stdout)

    return run


def test_it_lists_and_reads_all_that_we_made(mb: Mb, publisher: Publisher) -> None:
    publisher()
    (database,) = mb("db", "list")["data"]
    assert database["name"] == "Customer experience (cx)"
    tables = mb("db", "schema-tables", str(database["id"]), "marts")["data"]
    assert {table["name"] for table in tables} == {"rpt_metrics", "rpt_catalogue"}
    collections = {c["name"]: str(c["id"]) for c in mb("collection", "list")["data"]}
    items = mb("collection", "items", collections["Questions"])["data"]
    assert len(items) == 5
    cards = {card["name"]: card for card in mb("card", "list")["data"]}
    assert set(cards) == {"NPS", "NPS by month", "NPS by channel", "What got worse", "All metrics"}
    nps = mb("card", "get", str(cards["NPS"]["id"]), "--full")
    assert nps["display"] == "smartscalar"
    boards = {board["name"]: str(board["id"]) for board in mb("dashboard", "list")["data"]}
    tiles = mb("dashboard", "cards", boards["Executive summary"])["data"]
    assert len(tiles) == 5
    whole = mb("dashboard", "get", boards["Executive summary"], "--full")
    assert [tab["name"] for tab in whole["tabs"]] == ["Now", "Why"]
    (mail,) = mb("dashboard", "subscriptions", boards["Executive summary"])["data"]
    assert mail["name"].endswith("every Monday (cx)")
    (alert,) = mb("card", "alerts", str(cards["What got worse"]["id"]))["data"]
    assert alert["payload"]["send_condition"] == "has_result"
    # to read is all that it did
    assert publisher().lines() == []
