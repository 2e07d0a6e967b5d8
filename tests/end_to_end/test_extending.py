"""docs/extending.md is followed to the letter: its files are written into a copy of the project,
and the system that it connects is refreshed from a server that answers as the vendor says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.contract.vendor_server import Answer, Asked, Vendor, serve

PROJECT = Path(__file__).resolve().parents[2]
GUIDE = PROJECT / "docs" / "extending.md"
PARTS = ("analytics", "dagster_project", "data_quality", "dbt_project", "ingestion", "publishing")
# one line of text, comments and all, of what a newcomer writes
BLOCK = re.compile(r"```\w+\n(?:#|--) (file|in): ([^\n,]+)(?:, [^\n]*)?\n(.*?)```", re.DOTALL)
KEY = "a-key-that-nobody-may-see"

pytestmark = pytest.mark.long


class Delighted(Vendor):
    """Responses in the order of their making, a page at a time, and the person when asked."""

    def __init__(self, responses: list[dict[str, Any]]) -> None:
        super().__init__()
        self.responses = responses

    def is_known(self, asked: Asked) -> bool:
        expected = b64encode(f"{KEY}:".encode()).decode()
        return asked.headers.get("Authorization") == f"Basic {expected}"

    def respond(self, asked: Asked) -> Answer:
        if asked.path == "/v1/metrics.json":
            return Answer({"nps": 0})
        since = int(asked.query["updated_since"])
        changed = [
            each for each in self.responses if (each["updated_at"] or each["created_at"]) >= since
        ]
        size, page = int(asked.query.get("per_page", "20")), int(asked.query.get("page", "1"))
        shown = changed[(page - 1) * size : page * size]
        if asked.query.get("expand[]") != "person":
            shown = [{**each, "person": each["person"]["id"]} for each in shown]
        return Answer(shown)


def response(number: int, score: int) -> dict[str, Any]:
    return {
        "id": str(number),
        "person": {"id": str(number), "email": f"{number}@example.com", "phone_number": None},
        "survey_type": "nps",
        "score": score,
        "comment": None,
        "created_at": 1_767_000_000 + number,
        "updated_at": None,
        "person_properties": {"segment": "retail"},
        "notes": [],
        "tags": [],
    }


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project with what the guide says to write."""
    left_out = shutil.ignore_patterns("__pycache__", "target", "logs")
    for part in PARTS:
        shutil.copytree(PROJECT / part, tmp_path / "copy" / part, ignore=left_out)
    shutil.copy(PROJECT / "pyproject.toml", tmp_path / "copy")
    for kind, name, text in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        path = tmp_path / "copy" / name
        if kind == "file" and not name.startswith("cx.toml"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif kind == "in":
            before = path.read_text(encoding="utf-8")
            assert before.count("  source_entities:\n") == 1
            path.write_text(
                before.replace("  source_entities:\n", f"  source_entities:\n{text}"),
                encoding="utf-8",
            )
    return tmp_path / "copy"


def cx(copy: Path, *arguments: str, secrets: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dagster_project.cli", *arguments],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), **secrets},
        capture_output=True,
        text=True,
        check=False,
    )


def test_guide_takes_under_a_hundred_lines() -> None:
    written = [text for _, _, text in BLOCK.findall(GUIDE.read_text(encoding="utf-8"))]
    assert len(written) == 5
    assert sum(len(text.splitlines()) for text in written) <= 100


def test_guide_connects_a_system_and_publishes_its_score(copy: Path, tmp_path: Path) -> None:
    vendor = Delighted([response(number, 10 if number <= 80 else 3) for number in range(1, 121)])
    home, secrets = tmp_path / "home", {"SOURCES__DELIGHTED__KEY": KEY}
    home.mkdir()
    with serve(vendor) as url:
        (home / "cx.toml").write_text(f'[sources.delighted]\nurl = "{url}/v1"\n', encoding="utf-8")
        asked = cx(copy, "doctor", "--source", "delighted", "--home", str(home), secrets=secrets)
        assert asked.returncode == 0, asked.stdout + asked.stderr
        done = cx(copy, "refresh", "--json", "--home", str(home), secrets=secrets)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "published"
    with duckdb.connect(str(home / "serving.duckdb"), read_only=True) as connection:
        found = connection.execute(
            """
            select value, n from marts.rpt_metrics
            where metric = 'nps' and dimension = 'all' and period_grain = 'all'
                and scope = 'relational'
            """
        ).fetchall()
    # 80 promoters and 40 detractors of 120
    assert [(round(value, 6), n) for value, n in found] == [(33.333333, 120)]
