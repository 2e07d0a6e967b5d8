"""The semantic layer answers with the numbers of the marts."""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.end_to_end.tenant import BRAND, REPOSITORY, Tenant

# The metrics that the marts publish on several scales: which one the semantic layer means.
SCALES = {"nps": "nps", "csat": "csat", "ces": "ces"}
SCOPES = {"nps": "relational", "csat": "transactional", "ces": "transactional"}


@pytest.fixture(scope="module")
def project(company: Tenant, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the dbt project, parsed, in which `mf` can work."""
    folder = tmp_path_factory.mktemp("semantic") / "dbt_project"
    shutil.copytree(REPOSITORY / "dbt_project", folder, ignore=shutil.ignore_patterns("target"))
    values = f"{{sources: [files], brand: {BRAND}}}"
    run(company, folder, "dbt", "parse", "--quiet", "--vars", values)
    return folder


def run(company: Tenant, project: Path, command: str, *arguments: str) -> None:
    environment = {
        **os.environ,
        "CX_WAREHOUSE": str(company.home / "warehouse.duckdb"),
        "CX_RAW": str(company.home / "raw.duckdb"),
    }
    ended = subprocess.run(
        [Path(sys.executable).parent / command, *arguments],
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def asked(
    company: Tenant, project: Path, metrics: Sequence[str], group_by: str
) -> dict[tuple[str, str], float]:
    """What `mf query` answers: (metric, group) -> value."""
    answer = project / "answer.csv"
    chosen = ["--metrics", ",".join(metrics), "--group-by", group_by, "--csv", str(answer)]
    run(company, project, "mf", "query", *chosen)
    with answer.open(encoding="utf-8", newline="") as file:
        return {
            (metric, row[group_by][:10]): float(row[metric])
            for row in csv.DictReader(file)
            for metric in metrics
            if row[metric] not in ("", "nan")
        }


def published(
    company: Tenant, metrics: Sequence[str], *, grain: str, dimension: str
) -> dict[tuple[str, str], float]:
    """What the marts say where they show it: (metric, group) -> value."""
    group = "member" if dimension != "all" else "cast(period_start as varchar)"
    rows = company.rows(f"""
        select metric, {group}, value, scope, scale_id
        from marts.rpt_metrics
        where weighting = 'none' and period_grain = '{grain}' and dimension = '{dimension}'
            and not is_suppressed
    """)
    return {
        (metric, name): value
        for metric, name, value, scope, scale_id in rows
        if metric in metrics
        and scope == SCOPES.get(metric, "all")
        and scale_id == SCALES.get(metric, "all")
    }


@pytest.mark.parametrize(
    ("metrics", "group_by", "grain", "dimension"),
    [
        (
            ("nps", "csat", "ces", "response_rate", "on_time_delivery_rate"),
            "metric_time__month",
            "month",
            "all",
        ),
        (("csat", "ces", "fcr_repeat_window"), "unit__channel", "all", "channel"),
        (("nps",), "unit__segment", "all", "segment"),
    ],
)
def test_mf_query_gives_the_numbers_of_the_marts(
    company: Tenant,
    project: Path,
    metrics: Sequence[str],
    group_by: str,
    grain: str,
    dimension: str,
) -> None:
    found = asked(company, project, metrics, group_by)
    expected = published(company, metrics, grain=grain, dimension=dimension)
    assert {metric for metric, _ in expected} == set(metrics)
    compared = {place: found.get(place) for place in expected}
    assert compared == pytest.approx(expected, rel=1e-9)


def test_few_answers_are_not_shown(company: Tenant, project: Path) -> None:
    """`mf query --group-by unit__segment` told what fewer than CX_MIN_CELL people had said."""
    metrics = ("csat", "csat_answers")
    months = asked(company, project, metrics, "metric_time__month")
    days = asked(company, project, metrics, "metric_time__day")
    for found in (months, days):
        answers = {start: n for (metric, start), n in found.items() if metric == "csat_answers"}
        shown = {start for metric, start in found if metric == "csat"}
        assert shown == {start for start, n in answers.items() if n >= 5}
    assert any(metric == "csat" for metric, _ in months)
    assert any(n < 5 for (metric, _), n in days.items() if metric == "csat_answers")
