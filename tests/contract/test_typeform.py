"""Typeform's forms and responses, fetched from its test server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion.fetching.model import Connection
from ingestion.sources.survey import typeform
from tests.contract.landed import account, fetch, newest, records
from tests.contract.typeform import Typeform, answer, field
from tests.contract.vendor_server import TOKEN, Fault, serve

MONDAY, TUESDAY = "2026-01-05T08:00:00Z", "2026-01-06T08:00:00Z"
THURSDAY, FRIDAY = "2026-01-08T08:00:00Z", "2026-01-09T08:00:00Z"
NPS = field("q1", "opinion_scale", ref="nps", steps=11)
RESPONSES = "/forms/a/responses"


@pytest.fixture
def vendor() -> Typeform:
    vendor = Typeform()
    vendor.put_form("a", NPS, at=MONDAY)
    vendor.submit("a", "t1", answer(NPS, "number", 9), landed=MONDAY, at=MONDAY)
    vendor.submit("a", "t2", landed=TUESDAY, at=TUESDAY)
    vendor.submit("a", "gave up", answer(NPS, "number", 0), landed=TUESDAY, at=None)
    return vendor


@pytest.fixture
def own(vendor: Typeform) -> Iterator[Connection]:
    with serve(vendor) as url:
        yield account(typeform, url, token=TOKEN)


def responses(own: Connection, home: Path) -> dict[str, dict[str, Any]]:
    """The landed responses by token, and never one twice with another content."""
    landed = records(typeform, own, home).get("responses", [])
    by_token = {record["token"]: record for record in landed}
    assert all(record == by_token[record["token"]] for record in landed)
    return by_token


def test_first_fetch_lands_definitions_and_completed_responses(
    vendor: Typeform, own: Connection, tmp_path: Path
) -> None:
    report = fetch(typeform, own, tmp_path)
    assert (report.refused, report.records) == ((), {"forms": 1, "responses": 2})
    assert newest(typeform, own, tmp_path)["forms"] == vendor.forms
    landed = responses(own, tmp_path)
    assert {(token, record["form_id"]) for token, record in landed.items()} == {
        ("t1", "a"),
        ("t2", "a"),
    }
    assert landed["t1"]["answers"] == [answer(NPS, "number", 9)]
    assert landed["t2"]["answers"] == []


def test_second_fetch_equals_a_full_one(vendor: Typeform, own: Connection, tmp_path: Path) -> None:
    """Among what is new: a person who landed before the first fetch, one whose response was shown
    late, and a form that had been answered before it was shared."""
    vendor.put_form("quiet", NPS, at=MONDAY)
    fetch(typeform, own, tmp_path / "steps")
    vendor.submit("a", "landed early", landed=MONDAY, at=THURSDAY)
    vendor.submit("a", "shown late", landed=MONDAY, at="2026-01-05T20:00:00Z")
    vendor.put_form("a", NPS, field("q2", "long_text"), at=THURSDAY)
    vendor.put_form("shared", NPS, at="2025-03-01T08:00:00Z")
    vendor.submit("shared", "old", landed="2025-04-01T08:00:00Z", at="2025-04-01T08:00:00Z")
    before = len(vendor.log)
    assert fetch(typeform, own, tmp_path / "steps").refused == ()
    asked = {each.path for each in vendor.log[before:]}
    assert "/forms/a" in asked
    assert "/forms/quiet" not in asked, "its definition has not changed"
    fetch(typeform, own, tmp_path / "once")
    landed = responses(own, tmp_path / "steps")
    assert set(landed) == {"t1", "t2", "landed early", "shown late", "old"}
    assert landed == responses(own, tmp_path / "once")
    forms = newest(typeform, own, tmp_path / "steps")["forms"]
    assert forms == newest(typeform, own, tmp_path / "once")["forms"] == vendor.forms


def test_each_form_is_asked_since_a_day_before_its_newest(
    vendor: Typeform, own: Connection, tmp_path: Path
) -> None:
    vendor.put_form("b", NPS, at=MONDAY)
    vendor.submit("b", "b1", landed=FRIDAY, at=FRIDAY)
    fetch(typeform, own, tmp_path)
    fetch(typeform, own, tmp_path)
    for form, last in (("a", TUESDAY), ("b", FRIDAY)):
        first, second = vendor.asked_for(f"/forms/{form}/responses")
        assert first.query["since"] == str(int(own.start.timestamp()))
        expected = datetime.fromisoformat(last) - timedelta(days=1)
        assert second.query["since"] == str(int(expected.timestamp()))


def test_a_deleted_response_stays_until_it_is_withdrawn(
    vendor: Typeform, own: Connection, tmp_path: Path
) -> None:
    """Typeform tells of no deletion: what was landed stays, and nothing else is lost by it."""
    fetch(typeform, own, tmp_path)
    vendor.delete("a", "t2")
    vendor.submit("a", "t3", landed=FRIDAY, at=FRIDAY)
    assert fetch(typeform, own, tmp_path).refused == ()
    assert set(responses(own, tmp_path)) == {"t1", "t2", "t3"}


def test_pages_of_responses(vendor: Typeform, own: Connection, tmp_path: Path) -> None:
    """Two of the same second stand on both sides of the page's end."""
    for number in range(1_001):
        moment = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=number // 2)
        vendor.submit("a", f"p{number}", landed=MONDAY, at=moment.isoformat())
    assert fetch(typeform, own, tmp_path).records["responses"] == 1_003
    assert [each.query.get("before") for each in vendor.asked_for(RESPONSES)] == [None, "p0"]


def test_pages_of_forms_in_a_workspace(
    vendor: Typeform, own: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typeform, "_FORMS_PAGE", 1)
    vendor.put_form("b", at=MONDAY)
    vendor.put_form("c", at=MONDAY, workspace="of another")
    mine = replace(own, options={"workspace": "w"})
    fetch(typeform, mine, tmp_path)
    assert set(newest(typeform, own, tmp_path)["forms"]) == {"a", "b"}
    assert [each.query.get("page") for each in vendor.asked_for("/forms")] == ["1", "2"]


def test_backfill_asks_for_its_span_and_moves_no_cursor(own: Connection, tmp_path: Path) -> None:
    for _ in range(2):
        report = fetch(typeform, own, tmp_path, end=datetime(2026, 1, 6, tzinfo=UTC))
        assert report.records == {"forms": 1, "responses": 1}
    assert fetch(typeform, own, tmp_path).records == {"forms": 1, "responses": 2}


def test_page_that_fails_moves_no_cursor(vendor: Typeform, own: Connection, tmp_path: Path) -> None:
    """The form before it was read whole, and both are read again."""
    vendor.put_form("b", NPS, at=MONDAY)
    vendor.submit("b", "b1", landed=FRIDAY, at=FRIDAY)
    vendor.faults = [Fault("/forms/b/responses", 200, body={"responses": []}, times=99)]
    report = fetch(typeform, own, tmp_path)
    assert {refusal.entity for refusal in report.refused} == {"forms", "responses"}
    assert all("has no `items`" in refusal.message for refusal in report.refused)
    vendor.faults = []
    assert fetch(typeform, own, tmp_path).records == {"forms": 2, "responses": 3}


def test_quota_is_waited_for(vendor: Typeform, own: Connection, tmp_path: Path) -> None:
    vendor.faults = [Fault(RESPONSES, 429, headers={"Retry-After": "1"})]
    assert fetch(typeform, own, tmp_path).records["responses"] == 2
    assert len(vendor.asked_for(RESPONSES)) == 2


def test_wrong_token_is_told(own: Connection, tmp_path: Path) -> None:
    report = fetch(typeform, replace(own, secrets={"token": "wrong"}), tmp_path)
    assert {refusal.message for refusal in report.refused} == {
        "the server answered 401: the secret was refused; make a new one and set it"
    }


@pytest.mark.parametrize("status", [403, 404])
def test_form_that_refuses_leaves_the_others_alone(
    vendor: Typeform, own: Connection, tmp_path: Path, status: int
) -> None:
    vendor.put_form("private", NPS, at=MONDAY)
    vendor.submit("private", "p1", landed=MONDAY, at=MONDAY)
    vendor.put_form("z", NPS, at=MONDAY)
    vendor.submit("z", "z1", landed=MONDAY, at=MONDAY)
    vendor.faults = [Fault("/forms/private.*", status, times=99)]
    report = fetch(typeform, own, tmp_path)
    assert report.records == {"forms": 2, "responses": 3}
    assert {refusal.entity for refusal in report.refused} == {"forms", "responses"}
    assert all("left out private: the server answered" in r.message for r in report.refused)
    vendor.faults = []
    assert fetch(typeform, own, tmp_path).refused == ()
    assert set(responses(own, tmp_path)) == {"t1", "t2", "z1", "p1"}


def test_pages_of_a_form_that_broke_off_are_asked_for_again(
    vendor: Typeform, own: Connection, tmp_path: Path
) -> None:
    """The newest responses come first: the cursor must not move before the oldest have come."""
    for number in range(1001):
        vendor.submit("a", f"m{number}", landed=TUESDAY, at=TUESDAY)
    vendor.faults = [Fault(RESPONSES, 403, skip=1, times=99)]
    fetch(typeform, own, tmp_path)
    vendor.faults = []
    vendor.log.clear()
    assert fetch(typeform, own, tmp_path).refused == ()
    assert "t1" in responses(own, tmp_path)
