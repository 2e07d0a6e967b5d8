"""SurveyMonkey's surveys and responses, fetched from its test server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingestion.fetching.model import Connection
from ingestion.sources.survey import surveymonkey
from tests.contract.landed import account, fetch, newest
from tests.contract.surveymonkey import SurveyMonkey, answer, question
from tests.contract.vendor_server import TOKEN, Fault, serve

MONDAY, TUESDAY = "2026-01-05T08:00:00+00:00", "2026-01-06T08:00:00+00:00"
THURSDAY, FRIDAY = "2026-01-08T08:00:00+00:00", "2026-01-09T08:00:00+00:00"
WHY = question("1", "open_ended", "essay")
RESPONSES = "/v3/surveys/a/responses/bulk"


@pytest.fixture
def vendor() -> SurveyMonkey:
    vendor = SurveyMonkey()
    vendor.put_survey("a", WHY, at=MONDAY)
    vendor.answer_survey("a", "r1", answer(WHY, {"text": "Quick."}), at=MONDAY)
    vendor.answer_survey("a", "r2", at=TUESDAY)
    vendor.answer_survey("a", "begun", at=TUESDAY, status="partial")
    return vendor


@pytest.fixture
def own(vendor: SurveyMonkey) -> Iterator[Connection]:
    with serve(vendor) as url:
        yield account(surveymonkey, url, token=TOKEN)


def completed(vendor: SurveyMonkey) -> dict[str, object]:
    return {
        key: each
        for key, each in vendor.responses.items()
        if each["response_status"] == "completed"
    }


def test_first_fetch_lands_details_and_completed_responses(
    vendor: SurveyMonkey, own: Connection, tmp_path: Path
) -> None:
    report = fetch(surveymonkey, own, tmp_path)
    assert (report.refused, report.records) == ((), {"surveys": 1, "responses": 2})
    landed = newest(surveymonkey, own, tmp_path)
    assert landed == {"surveys": vendor.surveys, "responses": completed(vendor)}


def test_second_fetch_equals_a_full_one(
    vendor: SurveyMonkey, own: Connection, tmp_path: Path
) -> None:
    """Among what is new: a response that was begun before, an edited one, and a survey that had
    been answered before it was shared."""
    vendor.put_survey("quiet", WHY, at=MONDAY)
    fetch(surveymonkey, own, tmp_path / "steps")
    before = len(vendor.log)
    vendor.answer_survey("a", "begun", at=TUESDAY, changed=THURSDAY)
    edited = answer(WHY, {"text": "Slow."})
    vendor.answer_survey("a", "r1", edited, at=MONDAY, changed=FRIDAY)
    vendor.put_survey("a", WHY, question("2", "open_ended", "single"), at=FRIDAY)
    vendor.put_survey("shared", WHY, at="2025-03-01T08:00:00+00:00")
    vendor.answer_survey("shared", "old", at="2025-04-01T08:00:00+00:00")
    report = fetch(surveymonkey, own, tmp_path / "steps")
    assert report.refused == ()
    asked = {each.path for each in vendor.log[before:]}
    assert "/v3/surveys/a/details" in asked
    assert "/v3/surveys/quiet/details" not in asked, "it has not changed"
    fetch(surveymonkey, own, tmp_path / "once")
    landed = newest(surveymonkey, own, tmp_path / "steps")
    assert landed == newest(surveymonkey, own, tmp_path / "once")
    assert landed == {"surveys": vendor.surveys, "responses": completed(vendor)}


def test_each_survey_is_asked_since_an_hour_before_its_newest_change(
    vendor: SurveyMonkey, own: Connection, tmp_path: Path
) -> None:
    for _ in range(2):
        fetch(surveymonkey, own, tmp_path)
    since = [each.query["start_modified_at"] for each in vendor.asked_for(RESPONSES)]
    assert since == ["2020-01-01T00:00:00", "2026-01-06T07:00:00"]


def many(vendor: SurveyMonkey, count: int, *, apart: timedelta) -> None:
    for number in range(count):
        moment = datetime(2026, 2, 1, tzinfo=UTC) + number * apart
        vendor.answer_survey("a", f"p{number}", at=moment.isoformat())


def test_a_deletion_between_two_pages_moves_none_over_the_edge(
    vendor: SurveyMonkey, own: Connection, tmp_path: Path
) -> None:
    many(vendor, 250, apart=timedelta(minutes=1))
    everything = set(completed(vendor))
    vendor.deleted_between_pages = ["p3", "p4"]
    assert fetch(surveymonkey, own, tmp_path).refused == ()
    assert set(newest(surveymonkey, own, tmp_path)["responses"]) == everything


def test_pages_of_one_second_are_counted(
    vendor: SurveyMonkey, own: Connection, tmp_path: Path
) -> None:
    many(vendor, 250, apart=timedelta(0))
    vendor.answer_survey("a", "after", at="2026-02-02T00:00:00+00:00")
    assert fetch(surveymonkey, own, tmp_path).refused == ()
    assert newest(surveymonkey, own, tmp_path)["responses"] == completed(vendor)
    assert [each.query["page"] for each in vendor.asked_for(RESPONSES)] == ["1", "1", "2", "3"]


def test_pages_of_surveys(
    vendor: SurveyMonkey, own: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveymonkey, "_PAGE", 1)
    vendor.put_survey("b", at=MONDAY)
    vendor.put_survey("c", at=MONDAY)
    fetch(surveymonkey, own, tmp_path)
    assert set(newest(surveymonkey, own, tmp_path)["surveys"]) == {"a", "b", "c"}


def test_backfill_asks_for_its_span_and_moves_no_cursor(own: Connection, tmp_path: Path) -> None:
    for _ in range(2):
        report = fetch(surveymonkey, own, tmp_path, end=datetime(2026, 1, 6, tzinfo=UTC))
        assert report.records == {"surveys": 1, "responses": 1}
    assert fetch(surveymonkey, own, tmp_path).records == {"surveys": 1, "responses": 2}


def test_page_that_fails_moves_no_cursor(
    vendor: SurveyMonkey, own: Connection, tmp_path: Path
) -> None:
    vendor.put_survey("b", WHY, at=MONDAY)
    vendor.answer_survey("b", "b1", at=FRIDAY)
    vendor.faults = [Fault("/v3/surveys/b/responses/bulk", 200, body={"items": []}, times=99)]
    report = fetch(surveymonkey, own, tmp_path)
    assert {refusal.entity for refusal in report.refused} == {"surveys", "responses"}
    assert all("has no `data`" in refusal.message for refusal in report.refused)
    vendor.faults = []
    assert fetch(surveymonkey, own, tmp_path).records == {"surveys": 2, "responses": 3}


def test_quota_of_the_minute_is_waited_for(
    vendor: SurveyMonkey, own: Connection, tmp_path: Path
) -> None:
    body = {"error": {"id": "1040", "name": "Rate limit reached", "http_status_code": 429}}
    vendor.faults = [Fault(RESPONSES, 429, headers={"Retry-After": "1"}, body=body)]
    assert fetch(surveymonkey, own, tmp_path).records["responses"] == 2


def test_quota_of_the_day_is_told_and_loses_nothing(
    vendor: SurveyMonkey, own: Connection, tmp_path: Path
) -> None:
    body = {"error": {"id": "1040", "name": "Rate limit reached", "http_status_code": 429}}
    vendor.faults = [Fault(RESPONSES, 429, body=body, times=99)]
    report = fetch(surveymonkey, own, tmp_path)
    assert {refusal.message for refusal in report.refused} == {
        "the server answered 429: the quota is used up; what was loaded before stays, and the "
        "next run asks again"
    }
    vendor.faults = []
    assert fetch(surveymonkey, own, tmp_path).records == {"surveys": 1, "responses": 2}


def test_wrong_token_is_told(own: Connection, tmp_path: Path) -> None:
    report = fetch(surveymonkey, replace(own, secrets={"token": "wrong"}), tmp_path)
    assert {refusal.message for refusal in report.refused} == {
        "the server answered 401: the secret was refused; make a new one and set it"
    }
