"""What is fetched of Intercom: all that changed, though a search knows only days."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.fetching import probing
from ingestion.fetching.model import Connection
from ingestion.sources.support import intercom
from tests.contract.intercom import Intercom, people_of
from tests.contract.landed import account, fetch, newest, records
from tests.contract.vendor_server import TOKEN, Answer, Asked, Fault, need_descriptions, serve

DAY_1, DAY_2 = "2026-01-01T08:00:00Z", "2026-01-02T08:00:00Z"
SEARCH = "/conversations/search"
CONTACTS = "/contacts/search"


class Busy(Intercom):
    """While a page is read, what it began with changes, and something new comes in."""

    is_busy = False

    def respond(self, asked: Asked) -> Answer:
        answer = super().respond(asked)
        if self.is_busy and asked.path == SEARCH:
            self.is_busy = False
            self.conversation("1", at=DAY_2, state="closed")
            self.conversation("9", at=DAY_2, state="open", contacts=people_of("a"))
        return answer


@pytest.fixture
def vendor() -> Busy:
    vendor = Busy()
    for number in range(1, 6):
        at = f"2026-01-01T08:00:0{number}Z"
        vendor.conversation(str(number), at=at, state="open", contacts=people_of("a"))
        vendor.part(
            str(number),
            str(100 + number),
            at=at,
            part_type="comment",
            body="Where is it?",
            author={"type": "user", "id": "a"},
        )
    for key in ("a", "b", "c"):
        vendor.contact(key, at=DAY_1, email=f"{key}@example.com")
    for key in ("x", "y", "z"):
        vendor.company(key, at=DAY_1, name=f"Firm {key}")
    vendor.team("30", "delivery")
    vendor.admin("40", team_ids=[30])
    return vendor


@pytest.fixture
def own(vendor: Busy) -> Iterator[Connection]:
    with serve(vendor) as url:
        yield account(intercom, url, token=TOKEN)


def held(vendor: Intercom) -> dict[str, set[str]]:
    return {name: set(found) for name, found in vendor.records.items()}


def landed(own: Connection, home: Path) -> dict[str, dict[str, Any]]:
    return newest(intercom, own, home)


def test_all_pages_of_all_resources_land(vendor: Busy, own: Connection, tmp_path: Path) -> None:
    report = fetch(intercom, own, tmp_path)
    assert report.refused == ()
    found = landed(own, tmp_path)
    assert {name: set(rows) for name, rows in found.items()} == held(vendor)
    said = found["conversations"]["5"]["conversation_parts"]["conversation_parts"]
    assert [part["body"] for part in said] == ["Where is it?"]
    after = [each.body["pagination"].get("starting_after") for each in vendor.asked_for(SEARCH)]
    assert after == [None, "2", "4"]
    # an empty page ends the scroll, though it has a parameter too
    scrolled = [each.query.get("scroll_param") for each in vendor.asked_for("/companies/scroll")]
    assert scrolled == [None, "2", "4"]
    one = vendor.asked_for("/conversations/5")
    assert [each.query for each in one] == [{"display_as": "plaintext"}]


def test_requests_and_answers_are_as_published(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    need_descriptions(*Intercom.descriptions)
    fetch(intercom, own, tmp_path, end=datetime(2026, 2, 1, tzinfo=UTC))
    fetch(intercom, own, tmp_path)
    assert vendor.violations == []
    assert {each.path for each in vendor.log} >= {SEARCH, CONTACTS, "/companies/scroll", "/teams"}


def test_second_fetch_brings_what_changed_and_equals_a_full_one(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    fetch(intercom, own, tmp_path / "steps")
    vendor.part("2", "200", at=DAY_2, part_type="close", author={"type": "admin", "id": "40"})
    vendor.conversation("2", at=DAY_2, state="closed")
    vendor.conversation("6", at=DAY_2, state="open", contacts=people_of("b"))
    vendor.contact("b", at=DAY_2, email="new@example.com")
    vendor.contact("d", at=DAY_2, role="lead")
    begun = len(vendor.log)
    fetch(intercom, own, tmp_path / "steps")
    second = vendor.log[begun:]
    fetch(intercom, own, tmp_path / "once")
    steps = landed(own, tmp_path / "steps")
    assert steps == landed(own, tmp_path / "once")
    assert steps["contacts"]["b"]["email"] == "new@example.com"
    assert steps["conversations"]["2"]["state"] == "closed"
    # the second asked for the day, its lag, before the newest change, and two days' search more
    seen = int(datetime.fromisoformat("2026-01-01T08:00:05Z").timestamp())
    [filtered] = next(each.body["query"]["value"] for each in second if each.path == SEARCH)
    since = str(seen - 3 * 24 * 3600)
    assert filtered == {"field": "updated_at", "operator": ">", "value": since}


def test_change_on_the_day_of_the_last_one_is_found(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    """`>` of a time means from the next midnight on: the day of the cursor would be lost."""
    fetch(intercom, own, tmp_path)
    vendor.conversation("3", at="2026-01-01T20:00:00Z", state="closed")
    fetch(intercom, own, tmp_path)
    assert landed(own, tmp_path)["conversations"]["3"]["state"] == "closed"


def test_what_changes_between_two_pages_pushes_nothing_out(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    """A search keeps no state: in the order of change the next page would begin too late."""
    vendor.is_busy = True
    fetch(intercom, own, tmp_path)
    assert {"1", "2", "3", "4", "5"} <= set(landed(own, tmp_path)["conversations"])
    fetch(intercom, own, tmp_path)
    assert landed(own, tmp_path)["conversations"]["1"]["state"] == "closed"


def test_backfill_brings_its_span_alone(vendor: Busy, own: Connection, tmp_path: Path) -> None:
    vendor.conversation("4", at="2026-03-05T12:00:00Z", state="closed")
    vendor.conversation("5", at="2026-03-06T00:00:00Z", state="closed")
    spring = Connection(
        own.name, own.system, own.url, datetime(2026, 3, 1, tzinfo=UTC), own.secrets
    )
    fetch(intercom, spring, tmp_path, end=datetime(2026, 3, 6, tzinfo=UTC))
    assert "contacts" not in records(intercom, own, tmp_path)
    assert set(landed(own, tmp_path)["conversations"]) == {"4"}


def test_conversation_that_is_deleted_meanwhile_stops_nothing(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    vendor.faults = [Fault("/conversations/3", 404)]
    report = fetch(intercom, own, tmp_path)
    assert report.refused == ()
    assert set(landed(own, tmp_path)["conversations"]) == {"1", "2", "4", "5"}


def test_merged_lead_is_gone_and_its_conversations_are_the_users(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    fetch(intercom, own, tmp_path)
    vendor.merge("a", "b", at=DAY_2)
    fetch(intercom, own, tmp_path)
    people = [
        each["contacts"]["contacts"][0]["id"]
        for each in landed(own, tmp_path)["conversations"].values()
    ]
    assert people == ["b"] * 5


@pytest.mark.parametrize("unit", [1, 1000], ids=["seconds", "milliseconds"])
def test_quota_is_waited_for_until_it_is_full_again(
    vendor: Busy, own: Connection, tmp_path: Path, unit: int
) -> None:
    """Intercom sends no Retry-After: it tells when a new window begins."""
    full_again = int(time.time()) + 2
    vendor.faults = [Fault(SEARCH, 429, headers={"X-RateLimit-Reset": str(full_again * unit)})]
    assert fetch(intercom, own, tmp_path).refused == ()
    assert time.time() >= full_again
    assert len(vendor.asked_for(SEARCH)) == 4


def test_table_that_fails_leaves_the_others_alone(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    """One conversation that cannot be read must not be passed over, nor move the cursor."""
    vendor.faults = [Fault("/conversations/4", 500, times=99)]
    report = fetch(intercom, own, tmp_path)
    assert [refusal.entity for refusal in report.refused] == ["conversations"]
    assert report.records["contacts"] == 3
    vendor.faults = []
    assert fetch(intercom, own, tmp_path).records["conversations"] == 5


def test_wrong_token_is_told_by_a_probe(own: Connection) -> None:
    assert probing.probe(intercom, own) is None
    wrong = Connection(own.name, own.system, own.url, own.start, {"token": "no"})
    told = probing.probe(intercom, wrong)
    assert told == "the server answered 401: the secret was refused; make a new one and set it"
