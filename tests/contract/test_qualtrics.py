"""Qualtrics' questions and responses, fetched from its test server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.fetching import probing
from ingestion.fetching.model import Connection
from ingestion.sources.survey import qualtrics
from tests.contract.landed import account, fetch, records
from tests.contract.qualtrics import Qualtrics, question
from tests.contract.vendor_server import TOKEN, Fault, serve

MONDAY, TUESDAY, FRIDAY = "2026-01-05T08:00:00Z", "2026-01-06T08:00:00Z", "2026-01-09T08:00:00Z"
NPS = question("QID1", "nps", selector="NPS")
EXPORTS = "/API/v3/surveys/SV_a/export-responses"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qualtrics, "_WAIT_SECONDS", 0.01)


@pytest.fixture
def vendor() -> Qualtrics:
    vendor = Qualtrics()
    vendor.put_survey("SV_a", NPS, at=MONDAY)
    vendor.record("SV_a", "R_1", at=MONDAY, QID1=9)
    vendor.record("SV_a", "R_2", at=TUESDAY, QID1=3)
    return vendor


@pytest.fixture
def own(vendor: Qualtrics) -> Iterator[Connection]:
    with serve(vendor) as url:
        yield account(qualtrics, url, token=TOKEN)


def responses(own: Connection, home: Path) -> dict[str, dict[str, Any]]:
    """The landed responses by id, and never one twice with another content."""
    landed = records(qualtrics, own, home).get("responses", [])
    by_id = {record["responseId"]: record for record in landed}
    assert all(record == by_id[record["responseId"]] for record in landed)
    return by_id


def test_questions_land_and_what_an_export_brings(
    vendor: Qualtrics, own: Connection, tmp_path: Path
) -> None:
    report = fetch(qualtrics, own, tmp_path)
    assert (report.refused, report.records) == ((), {"questions": 1, "responses": 2})
    [landed] = records(qualtrics, own, tmp_path)["questions"]
    assert landed == {**NPS, "survey_id": "SV_a", "survey_last_modified": MONDAY, "position": 1}
    assert responses(own, tmp_path)["R_1"]["survey_id"] == "SV_a"
    # it was asked after until it was complete, though it spoke of 100 percent before
    assert len(vendor.asked_for(f"{EXPORTS}/ES_0")) == 2


def test_second_fetch_equals_a_full_one(vendor: Qualtrics, own: Connection, tmp_path: Path) -> None:
    """Among what is new: a response that was shown late, a survey that had been answered before it
    was shared, and a question that was added."""
    vendor.put_survey("SV_quiet", NPS, at=MONDAY)
    fetch(qualtrics, own, tmp_path / "steps")
    vendor.record("SV_a", "late", at="2026-01-05T20:00:00Z", QID1=5)
    vendor.record("SV_a", "new", at=FRIDAY, QID1=6)
    vendor.put_survey("SV_a", NPS, question("QID2", "why", "TE", "SL"), at=FRIDAY)
    vendor.put_survey("SV_shared", NPS, at="2025-03-01T08:00:00Z")
    vendor.record("SV_shared", "old", at="2025-04-01T08:00:00Z", QID1=8)
    before = len(vendor.log)
    assert fetch(qualtrics, own, tmp_path / "steps").refused == ()
    asked = {each.path for each in vendor.log[before:]}
    assert "/API/v3/survey-definitions/SV_a/questions" in asked
    assert "/API/v3/survey-definitions/SV_quiet/questions" not in asked, "it has not changed"
    fetch(qualtrics, own, tmp_path / "once")
    assert set(responses(own, tmp_path / "steps")) == {"R_1", "R_2", "late", "new", "old"}
    assert responses(own, tmp_path / "steps") == responses(own, tmp_path / "once")


def test_each_survey_is_exported_since_a_day_before_its_newest(
    vendor: Qualtrics, own: Connection, tmp_path: Path
) -> None:
    vendor.put_survey("SV_b", NPS, at=MONDAY)
    vendor.record("SV_b", "b", at=FRIDAY, QID1=1)
    fetch(qualtrics, own, tmp_path)
    fetch(qualtrics, own, tmp_path)
    for survey, day_before in (("SV_a", "2026-01-05"), ("SV_b", "2026-01-08")):
        first, second = vendor.asked_for(f"/API/v3/surveys/{survey}/export-responses")
        assert first.body["startDate"] == "2020-01-01T00:00:00Z"
        assert second.body["startDate"] == f"{day_before}T08:00:00Z"


def test_pages_of_surveys_follow_the_offset_and_not_the_host(
    vendor: Qualtrics, own: Connection, tmp_path: Path
) -> None:
    for key in ("SV_b", "SV_c", "SV_d", "SV_e"):
        vendor.put_survey(key, NPS, at=MONDAY)
    report = fetch(qualtrics, own, tmp_path)
    assert (report.refused, report.records["questions"]) == ((), 5)
    asked = vendor.asked_for("/API/v3/surveys")
    assert [each.query.get("offset") for each in asked] == [None, "2", "4"]


def test_many_responses_land_in_parts(
    vendor: Qualtrics, own: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qualtrics, "_CHUNK", 2)
    vendor.record("SV_a", "R_3", at=FRIDAY, QID1=7)
    assert fetch(qualtrics, own, tmp_path).records["responses"] == 3


def test_backfill_asks_for_its_span_and_moves_no_cursor(own: Connection, tmp_path: Path) -> None:
    for _ in range(2):
        report = fetch(qualtrics, own, tmp_path, end=datetime(2026, 1, 6, tzinfo=UTC))
        assert report.records == {"questions": 1, "responses": 1}
    assert fetch(qualtrics, own, tmp_path).records == {"questions": 1, "responses": 2}


@pytest.mark.parametrize(
    ("progress", "told"),
    [
        (["inProgress", "failed"], "the server answered failed: the server is in trouble"),
        (["inProgress"], "the server did not answer in time"),
    ],
    ids=["failed", "endless"],
)
def test_export_that_comes_to_nothing_moves_no_cursor(
    vendor: Qualtrics, own: Connection, tmp_path: Path, progress: list[str], told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(qualtrics, "_DEADLINE_SECONDS", 0.1)
    vendor.progress = progress
    report = fetch(qualtrics, own, tmp_path)
    assert {refusal.entity for refusal in report.refused} == {"questions", "responses"}
    assert all(told in refusal.message for refusal in report.refused)
    monkeypatch.setattr(qualtrics, "_DEADLINE_SECONDS", 60)
    vendor.progress = ["complete"]
    assert fetch(qualtrics, own, tmp_path).records == {"questions": 1, "responses": 2}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(f"{EXPORTS}/.*/file", is_truncated=True, times=99), "broke off or is no JSON"),
        (Fault(f"{EXPORTS}/ES_.", 200, body={"result": {}}, times=99), "has no `status`"),
        (Fault(EXPORTS, 403, times=99), "403: the secret may not read this"),
    ],
    ids=["half a file", "changed", "no right"],
)
def test_fault_is_told(
    vendor: Qualtrics, own: Connection, tmp_path: Path, fault: Fault, told: str
) -> None:
    vendor.faults = [fault]
    report = fetch(qualtrics, own, tmp_path)
    assert report.refused and all(told in refusal.message for refusal in report.refused)


def test_quota_is_waited_for(vendor: Qualtrics, own: Connection, tmp_path: Path) -> None:
    vendor.faults = [Fault(EXPORTS, 429, headers={"Retry-After": "1"})]
    assert fetch(qualtrics, own, tmp_path).records["responses"] == 2
    assert len(vendor.asked_for(EXPORTS)) == 2


def test_deleted_response_stays_until_it_is_withdrawn(
    vendor: Qualtrics, own: Connection, tmp_path: Path
) -> None:
    """Qualtrics tells of no deletion: what was landed stays, and nothing else is lost by it."""
    fetch(qualtrics, own, tmp_path)
    vendor.delete("SV_a", "R_2")
    vendor.record("SV_a", "R_3", at=FRIDAY, QID1=7)
    assert fetch(qualtrics, own, tmp_path).refused == ()
    assert set(responses(own, tmp_path)) == {"R_1", "R_2", "R_3"}


def test_wrong_token_is_told_by_a_probe(own: Connection) -> None:
    assert probing.probe(qualtrics, own) is None
    told = probing.probe(qualtrics, replace(own, secrets={"token": "wrong"}))
    assert told == "the server answered 401: the secret was refused; make a new one and set it"
