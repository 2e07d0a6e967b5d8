"""The public datasets, read as they are, against Python's csv module."""

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from ingestion.pipelines import recognise
from ingestion.sources.public import olist
from tests.ingestion.raw_home import Home, entity

pytestmark = pytest.mark.dataset


def read_with_python(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    return header, rows


def test_olist_arrives_value_by_value(home: Home, datasets: Path) -> None:
    folder = datasets / "olist"
    assert recognise(folder) == "olist"
    report = home.ingest(folder)
    assert report.refused == () and report.warnings == ()
    assert home.rejected("olist") == []
    tables = {
        path: path.stem.removeprefix("olist_").removesuffix("_dataset")
        for path in folder.glob("*.csv")
    }
    assert len(tables) == 10
    for path, table in tables.items():
        header, expected = read_with_python(path)
        listed = ", ".join(f'"{name}"' for name in header)
        rows = home.rows(f"select {listed} from raw_olist.{table} order by _record_number")
        assert [["" if value is None else value for value in row] for row in rows] == expected
        assert entity(report, table).records == len(expected)
    assert not home.ingest(folder).has_changes


def test_olist_columns_are_those_of_the_published_files(datasets: Path) -> None:
    known = olist.tables()
    for path in (datasets / "olist").glob("*.csv"):
        header, _ = read_with_python(path)
        name = path.stem.removeprefix("olist_").removesuffix("_dataset")
        assert known[name].required == set(header)


def test_sfo_survey_arrives_value_by_value(home: Home, datasets: Path) -> None:
    folder = datasets / "sfo_survey"
    assert recognise(folder) == "sfo_survey"
    report = home.ingest(folder)
    assert report.refused == () and report.warnings == ()
    total = 0
    for path in sorted(folder.glob("*.csv")):
        header, expected = read_with_python(path)
        names = [name.strip().removeprefix("*") for name in header]
        rows = home.rows(
            "select row_json from raw_sfo_survey.answers where year = ? order by _record_number",
            [path.stem],
        )
        answers = [json.loads(row) for (row,) in rows]
        assert [list(answer) for answer in answers] == [names] * len(expected)
        assert [[value or "" for value in answer.values()] for answer in answers] == expected
        assert all("RESPNUM" in answer for answer in answers)
        total += len(expected)
    assert entity(report, "answers").records == total
    assert home.rejected("sfo_survey") == []


def test_service_desk_is_read_from_its_archive(home: Home, datasets: Path) -> None:
    folder = datasets / "service_desk"
    assert recognise(folder) == "service_desk"
    report = home.ingest(folder)
    assert report.refused == () and report.warnings == ()
    with zipfile.ZipFile(folder / "incident_event_log.zip") as archive:
        text = archive.read("incident_event_log.csv").decode("utf-8")
    header, *expected = csv.reader(io.StringIO(text, newline=""))
    rows = home.rows(
        f"select {', '.join(header)} from raw_service_desk.incident_event_log "
        "order by _record_number"
    )
    assert [list(row) for row in rows] == expected
    assert entity(report, "incident_event_log").records == len(expected)
    assert home.rejected("service_desk") == []


def test_web_server_log_is_read_from_its_archive(home: Home, datasets: Path) -> None:
    """One line was cut off before it was published: it is kept, and every other is whole."""
    folder = datasets / "web_server_log"
    assert recognise(folder) == "web_server_log"
    report = home.ingest(folder)
    assert report.refused == () and report.warnings == ()
    lines = gzip.decompress((folder / "apache_logs.gz").read_bytes()).decode("utf-8").splitlines()
    again = dict(
        home.rows("""
            select
                _record_number,
                format(
                    '{} {} {} [{}] "{}" {} {} "{}" "{}"', address, logname, remote_user, received,
                    request, status, bytes, referrer, user_agent
                )
            from raw_web_server_log.web_events
        """)
    )
    [(broken, text, _)] = home.rejected("web_server_log")
    assert again | {broken: text} == dict(enumerate(lines, start=1))
    assert not home.ingest(folder).has_changes
