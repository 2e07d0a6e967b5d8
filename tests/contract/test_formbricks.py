"""Formbricks's surveys and responses, fetched from its test server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingestion.fetching.model import Connection
from ingestion.sources.survey import formbricks
from tests.contract.formbricks import Formbricks, question
from tests.contract.landed import account, fetch, newest, records
from tests.contract.vendor_server import TOKEN, Fault, serve

MONDAY, TUESDAY = "2026-01-05T08:00:00.000Z", "2026-01-06T08:00:00.000Z"
THURSDAY, FRIDAY = "2026-01-08T08:00:00.000Z", "2026-01-09T08:00:00.000Z"
NPS = question("nps", "nps")
RESPONSES = "/api/v2/management/responses"


@pytest.fixture
def vendor() -> Formbricks:
    vendor = Formbricks()
    vendor.put_survey("a", NPS, at=MONDAY)
    vendor.answer_survey("a", "r1", {"nps": 9}, at=MONDAY)
    vendor.answer_survey("a", "r2", {"nps": 3}, at=TUESDAY, is_finished=False)
    return vendor


@pytest.fixture
def own(vendor: Formbricks) -> Iterator[Connection]:
    with serve(vendor) as url:
        yield account(formbricks, url, api_key=TOKEN)


def test_first_fetch_lands_definitions_and_responses(
    vendor: Formbricks, own: Connection, tmp_path: Path
) -> None:
    report = fetch(formbricks, own, tmp_path)
    assert (report.refused, report.records) == ((), {"surveys": 1, "responses": 2})
    landed = newest(formbricks, own, tmp_path)
    assert landed == {"surveys": vendor.surveys, "responses": vendor.responses}


def test_second_fetch_equals_a_full_one(
    vendor: Formbricks, own: Connection, tmp_path: Path
) -> None:
    """Among what is new: an old response that was finished, one that lost an answer, and a survey
    that had been answered before the key might read it."""
    vendor.put_survey("quiet", NPS, at=MONDAY)
    vendor.answer_survey("a", "r3", {"nps": 3, "why": "x"}, at=MONDAY)
    fetch(formbricks, own, tmp_path / "steps")
    vendor.answer_survey("a", "r2", {"nps": 4}, at=TUESDAY, changed=THURSDAY)
    vendor.answer_survey("a", "r3", {"nps": 3}, at=MONDAY, changed=THURSDAY)
    vendor.put_survey("a", NPS, question("why", "openText"), at=THURSDAY)
    vendor.put_survey("shared", NPS, at="2025-03-01T08:00:00.000Z")
    vendor.answer_survey("shared", "old", {"nps": 1}, at="2025-04-01T08:00:00.000Z")
    report = fetch(formbricks, own, tmp_path / "steps")
    assert report.records == {"surveys": 2, "responses": 3}
    fetch(formbricks, own, tmp_path / "once")
    landed = newest(formbricks, own, tmp_path / "steps")
    assert landed == newest(formbricks, own, tmp_path / "once")
    assert landed == {"surveys": vendor.surveys, "responses": vendor.responses}


def test_each_survey_is_asked_since_an_hour_before_its_newest_change(
    vendor: Formbricks, own: Connection, tmp_path: Path
) -> None:
    vendor.put_survey("b", NPS, at=MONDAY)
    vendor.answer_survey("b", "b1", {"nps": 5}, at=FRIDAY)
    fetch(formbricks, own, tmp_path)
    fetch(formbricks, own, tmp_path)
    asked = vendor.asked_for(RESPONSES)
    assert {each.query["filterDateField"] for each in asked} == {"updatedAt"}
    since = [(each.query["surveyId"], each.query["startDate"]) for each in asked]
    assert sorted(since[:2]) == [("a", "2020-01-01T00:00:00Z"), ("b", "2020-01-01T00:00:00Z")]
    assert sorted(since[2:]) == [("a", "2026-01-06T07:00:00Z"), ("b", "2026-01-09T07:00:00Z")]


def many(vendor: Formbricks, count: int, *, apart: timedelta) -> set[str]:
    for number in range(count):
        moment = datetime(2026, 2, 1, tzinfo=UTC) + number * apart
        text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        vendor.answer_survey("a", f"p{number}", {"nps": 7}, at=text)
    return set(vendor.responses)


def test_a_deletion_between_two_pages_moves_none_over_the_edge(
    vendor: Formbricks, own: Connection, tmp_path: Path
) -> None:
    everything = many(vendor, 600, apart=timedelta(minutes=1))
    vendor.deleted_between_pages = ["p3", "p4"]
    assert fetch(formbricks, own, tmp_path).refused == ()
    assert set(newest(formbricks, own, tmp_path)["responses"]) == everything
    assert len(vendor.asked_for(RESPONSES)) == 3


def test_pages_of_one_moment_are_counted(
    vendor: Formbricks, own: Connection, tmp_path: Path
) -> None:
    """600 that were imported at once, between others."""
    many(vendor, 600, apart=timedelta(0))
    vendor.answer_survey("a", "after", {"nps": 7}, at="2026-02-02T00:00:00.000Z")
    assert fetch(formbricks, own, tmp_path).refused == ()
    assert newest(formbricks, own, tmp_path)["responses"] == vendor.responses
    assert [each.query["skip"] for each in vendor.asked_for(RESPONSES)] == ["0", "0", "250", "500"]


def test_pages_of_surveys_of_an_environment(
    vendor: Formbricks, own: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formbricks, "_SURVEYS_PAGE", 1)
    vendor.put_survey("b", at=MONDAY)
    vendor.put_survey("try", NPS, at=TUESDAY, environment="development")
    vendor.answer_survey("try", "t1", {"nps": 0}, at=TUESDAY)
    mine = replace(own, options={"environment": "production"})
    fetch(formbricks, mine, tmp_path)
    landed = newest(formbricks, own, tmp_path)
    assert (set(landed["surveys"]), set(landed["responses"])) == ({"a", "b"}, {"r1", "r2"})


def test_backfill_asks_for_its_span_and_moves_no_cursor(own: Connection, tmp_path: Path) -> None:
    for _ in range(2):
        report = fetch(formbricks, own, tmp_path, end=datetime(2026, 1, 6, tzinfo=UTC))
        assert report.records == {"surveys": 1, "responses": 1}
    assert fetch(formbricks, own, tmp_path).records == {"surveys": 1, "responses": 2}


def test_page_that_fails_moves_no_cursor(
    vendor: Formbricks, own: Connection, tmp_path: Path
) -> None:
    vendor.put_survey("b", NPS, at=MONDAY)
    vendor.answer_survey("b", "b1", {"nps": 5}, at=FRIDAY)
    vendor.faults = [Fault(RESPONSES, 200, body={"responses": []}, skip=1, times=99)]
    report = fetch(formbricks, own, tmp_path)
    assert {refusal.entity for refusal in report.refused} == {"surveys", "responses"}
    assert all("has no `data`" in refusal.message for refusal in report.refused)
    vendor.faults = []
    assert fetch(formbricks, own, tmp_path).records == {"surveys": 2, "responses": 3}


def test_quota_is_waited_for(vendor: Formbricks, own: Connection, tmp_path: Path) -> None:
    vendor.faults = [Fault(RESPONSES, 429, headers={"Retry-After": "1"})]
    assert fetch(formbricks, own, tmp_path).records["responses"] == 2
    assert len(vendor.asked_for(RESPONSES)) == 2


def test_a_deleted_response_stays_until_it_is_withdrawn(
    vendor: Formbricks, own: Connection, tmp_path: Path
) -> None:
    """Formbricks tells of no deletion."""
    fetch(formbricks, own, tmp_path)
    del vendor.responses["r1"]
    assert fetch(formbricks, own, tmp_path).refused == ()
    assert {each["id"] for each in records(formbricks, own, tmp_path)["responses"]} == {"r1", "r2"}


def test_wrong_key_is_told(own: Connection, tmp_path: Path) -> None:
    report = fetch(formbricks, replace(own, secrets={"api_key": "wrong"}), tmp_path)
    assert {refusal.message for refusal in report.refused} == {
        "the server answered 401: the secret was refused; make a new one and set it"
    }
