"""docs/extending.md is followed to the letter: its files are written into a copy of the project,
and the system that it connects is refreshed from a server that answers as the vendor says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
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


class Retently(Vendor):
    """Responses in the order of their making, a page at a time."""

    page = 50

    def __init__(self, responses: list[dict[str, Any]]) -> None:
        super().__init__()
        self.responses = responses

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("Authorization") == f"api_key={KEY}"

    def respond(self, asked: Asked) -> Answer:
        assert asked.path == "/api/v2/feedback"
        since = asked.query.get("startDate", "")
        found = [each for each in self.responses if each["createdDate"] >= since]
        size, page = min(self.page, int(asked.query["limit"])), int(asked.query.get("page", "1"))
        told = {"page": page, "pages": -(-len(found) // size), "total": len(found)}
        shown = found[(page - 1) * size : page * size]
        return Answer({"success": True, "data": {**told, "responses": shown}})


def response(number: int, score: int) -> dict[str, Any]:
    made = datetime(2025, 12, 29, 9, tzinfo=UTC) + timedelta(seconds=number)
    return {
        "id": f"5a9d5957{number}",
        "customerId": f"5a9d1111{number}",
        "campaignId": "5a9d2222",
        "email": f"{number}@example.com",
        "createdDate": made.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "score": score,
        "comment": None,
        "metricsType": "nps",
        "feedbackTags": [],
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
    vendor = Retently([response(number, 10 if number <= 80 else 3) for number in range(1, 121)])
    home, secrets = tmp_path / "home", {"SOURCES__RETENTLY__KEY": KEY}
    home.mkdir()
    with serve(vendor) as url:
        (home / "cx.toml").write_text(
            f'[sources.retently]\nurl = "{url}/api/v2"\n', encoding="utf-8"
        )
        asked = cx(copy, "doctor", "--source", "retently", "--home", str(home), secrets=secrets)
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
    # 80 promoters and 40 detractors of 120, on three pages; the doctor asked for the first, too
    assert len([each for each in vendor.log if each.query.get("startDate")]) == 1 + 3
    assert [(round(value, 6), n) for value, n in found] == [(33.333333, 120)]
