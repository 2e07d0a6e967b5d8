"""What is fetched of Freshdesk: each ticket that changed, however many, and those that are gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion.fetching import probing
from ingestion.fetching.model import Connection, iso
from ingestion.sources.support import freshdesk
from tests.contract.freshdesk import Freshdesk
from tests.contract.landed import account, fetch, newest
from tests.contract.vendor_server import TOKEN, Answer, Asked, Fault, serve

DAY_1, DAY_2, LATER = "2026-01-01T08:00:00Z", "2026-01-02T08:00:00Z", "2026-01-20T08:00:00Z"
TICKETS = "/api/v2/tickets"
SAID = "/api/v2/tickets/3/conversations"


class Busy(Freshdesk):
    """While the first page of tickets is read, one of it changes and moves to the end."""

    is_busy = False

    def respond(self, asked: Asked) -> Answer:
        answer = super().respond(asked)
        if self.is_busy and asked.path == TICKETS:
            self.is_busy = False
            self.put("tickets", 1, at=LATER, status=4)
        return answer


@pytest.fixture
def vendor() -> Busy:
    vendor = Busy()
    for number in range(1, 6):
        at = f"2026-01-01T08:00:0{number}Z"
        stats = {"resolved_at": None}
        vendor.put("tickets", number, at=at, status=2, stats=stats, description_text="Where?")
        vendor.put("conversations", 100 + number, at=at, ticket_id=number, body_text="Soon.")
    for resource in ("contacts", "companies", "agents", "groups", "surveys"):
        vendor.put(resource, 10, at=DAY_1)
    vendor.put("satisfaction_ratings", 20, at=DAY_1, ratings={"default_question": 103})
    return vendor


@pytest.fixture
def own(vendor: Busy) -> Iterator[Connection]:
    with serve(vendor) as url:
        yield account(freshdesk, url, key=TOKEN)


def landed(own: Connection, home: Path) -> dict[str, dict[str, Any]]:
    return newest(freshdesk, own, home)


def many(vendor: Freshdesk, count: int, *, seconds: float) -> None:
    """Tickets that changed one after the other."""
    begin = datetime(2026, 1, 5, tzinfo=UTC)
    for number in range(count):
        at = iso(begin + timedelta(seconds=number * seconds))
        vendor.put("tickets", 1000 + number, at=at, status=2, deleted=True)


def test_all_resources_land(vendor: Busy, own: Connection, tmp_path: Path) -> None:
    report = fetch(freshdesk, own, tmp_path)
    assert report.refused == ()
    assert landed(own, tmp_path) == vendor.records
    [asked, *_] = vendor.asked_for(TICKETS)
    assert asked.query["include"] == "stats,description"


def test_tickets_are_read_page_by_page_from_the_last_change_on(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    """A list has 300 pages: with page numbers the 30,001st ticket could not be asked for."""
    many(vendor, 250, seconds=1)
    fetch(freshdesk, own, tmp_path)
    assert len(landed(own, tmp_path)["deleted_tickets"]) == 250
    asked = [each.query for each in vendor.asked_for(TICKETS) if "filter" in each.query]
    pages = [each.get("page", "1") for each in asked if each["filter"] == "deleted"]
    assert pages == ["1", "1", "1"]


def test_tickets_that_changed_in_one_second_are_read_by_page_number(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    many(vendor, 250, seconds=0)
    assert fetch(freshdesk, own, tmp_path).refused == ()
    assert len(landed(own, tmp_path)["deleted_tickets"]) == 250


def test_ticket_that_changes_between_pages_pulls_none_out(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    for number in range(6, 151):
        vendor.put("tickets", number, at=iso(datetime(2026, 1, 3, 0, 0, number % 60, tzinfo=UTC)))
    vendor.is_busy = True
    fetch(freshdesk, own, tmp_path)
    found = landed(own, tmp_path)["tickets"]
    assert set(found) == set(range(1, 151))
    assert found[1]["status"] == 4


def test_second_fetch_brings_what_changed_and_equals_a_full_one(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    fetch(freshdesk, own, tmp_path / "steps")
    vendor.put("tickets", 2, at=DAY_2, status=5)
    vendor.put("tickets", 6, at=DAY_2, status=2)
    vendor.put("tickets", 4, at=DAY_2, deleted=True)
    vendor.put("tickets", 5, at=DAY_2, spam=True)
    vendor.put("conversations", 200, at=DAY_2, ticket_id=2, body_text="Done.")
    vendor.put("contacts", 10, at=DAY_2, deleted=True)
    vendor.records["satisfaction_ratings"][20]["ratings"] = {"default_question": -103}
    begun = len(vendor.log)
    fetch(freshdesk, own, tmp_path / "steps")
    second = vendor.log[begun:]
    fetch(freshdesk, own, tmp_path / "once")
    steps, once = landed(own, tmp_path / "steps"), landed(own, tmp_path / "once")
    assert steps["tickets"][2] == once["tickets"][2] == vendor.records["tickets"][2]
    assert steps["tickets"][6] == vendor.records["tickets"][6]
    assert steps["conversations"][200] == vendor.records["conversations"][200]
    for gone in ("deleted_tickets", "spam_tickets", "deleted_contacts", "satisfaction_ratings"):
        assert steps[gone] == once[gone]
    assert (set(steps["deleted_tickets"]), set(steps["spam_tickets"])) == ({4}, {5})
    # an hour, the stated lag, before the newest change that it had seen
    asked = next(e.query for e in second if e.path == TICKETS and "filter" not in e.query)
    assert asked["updated_since"] == "2026-01-01T07:00:05Z"


def test_backfill_brings_its_span_alone(vendor: Busy, own: Connection, tmp_path: Path) -> None:
    vendor.put("tickets", 4, at="2026-03-05T12:00:00Z")
    vendor.put("tickets", 5, at="2026-03-06T00:00:00Z")
    spring = replace(own, start=datetime(2026, 3, 1, tzinfo=UTC))
    fetch(freshdesk, spring, tmp_path, end=datetime(2026, 3, 6, tzinfo=UTC))
    found = landed(own, tmp_path)
    assert (set(found["tickets"]), set(found["conversations"])) == ({4}, {104})


def test_table_that_fails_leaves_the_others_alone(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    vendor.faults = [Fault(SAID, 500, times=99)]
    report = fetch(freshdesk, own, tmp_path)
    assert {refusal.entity for refusal in report.refused} == {"tickets", "conversations"}
    assert report.records["contacts"] == 1
    vendor.faults = [Fault(SAID, 429, headers={"Retry-After": "1"})]
    assert fetch(freshdesk, own, tmp_path).records["conversations"] == 5


def test_wrong_key_is_told_by_a_probe(own: Connection) -> None:
    assert probing.probe(freshdesk, own) is None
    told = probing.probe(freshdesk, replace(own, secrets={"key": "no"}))
    assert told == "the server answered 401: the secret was refused; make a new one and set it"
