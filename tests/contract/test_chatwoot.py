"""What is fetched of Chatwoot: all that was active, with every message, and ratings once more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.fetching import probing
from ingestion.fetching.model import Connection
from ingestion.sources.support import chatwoot
from tests.contract.chatwoot import Chatwoot, epoch
from tests.contract.landed import account, fetch, newest, records
from tests.contract.vendor_server import TOKEN, Answer, Asked, Fault, serve

DAY_1, DAY_2, LATER = "2026-01-01T08:00:00Z", "2026-01-02T08:00:00Z", "2026-01-20T08:00:00Z"
CONVERSATIONS = "/api/v1/accounts/1/conversations"
MESSAGES = "/api/v1/accounts/1/conversations/3/messages"


class Busy(Chatwoot):
    """While a page is read, the last of the list is answered, and something new comes in."""

    is_busy = False

    def respond(self, asked: Asked) -> Answer:
        answer = super().respond(asked)
        if self.is_busy and asked.path == CONVERSATIONS:
            self.is_busy = False
            self.conversation(1, at=LATER, status="resolved")
            self.conversation(9, at=LATER)
        return answer


@pytest.fixture
def vendor() -> Busy:
    vendor = Busy()
    for number in range(1, 6):
        at = f"2026-01-01T08:00:0{number}Z"
        vendor.conversation(number, at=at, status="resolved" if number == 5 else "open")
        vendor.message(100 + number, of=number, at=at, message_type=0, content="Where is it?")
    for key in range(10, 13):
        vendor.contact(key, at=DAY_1, email=f"{key}@example.com")
        vendor.rating(key + 10, at=DAY_1, rating=5, conversation_id=1)
    vendor.event(60, "conversation_resolved", of=5, at=DAY_1)
    vendor.put("agents", 40, name="Ben")
    vendor.put("inboxes", 50, channel_type="Channel::Email")
    return vendor


@pytest.fixture
def own(vendor: Busy) -> Iterator[Connection]:
    with serve(vendor) as url:
        yield account(chatwoot, url, token=TOKEN)


def landed(own: Connection, home: Path) -> dict[str, dict[str, Any]]:
    return newest(chatwoot, own, home)


def test_all_pages_of_all_resources_land(vendor: Busy, own: Connection, tmp_path: Path) -> None:
    """Closed ones too: the default of the list are open ones alone."""
    report = fetch(chatwoot, own, tmp_path)
    assert report.refused == ()
    found = landed(own, tmp_path)
    assert {name: set(rows) for name, rows in found.items()} == {
        name: set(held) for name, held in vendor.records.items()
    }
    # under the number that its conversation has everywhere else
    assert found["reporting_events"][60]["conversation_id"] == 5


def test_long_conversation_lands_whole(vendor: Busy, own: Connection, tmp_path: Path) -> None:
    for number in range(1000, 1250):
        vendor.message(number, of=3, at=DAY_1, message_type=0, content="And?")
    fetch(chatwoot, own, tmp_path)
    ids = [each["id"] for each in records(chatwoot, own, tmp_path)["messages"]]
    assert len(ids) == len(set(ids)) == 255
    assert [each.query for each in vendor.asked_for(MESSAGES)] == [
        {"after": "0"},
        {"after": "1098"},
        {"after": "1198"},
    ]


def test_second_fetch_ends_where_it_meets_the_first_and_equals_a_full_one(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    fetch(chatwoot, own, tmp_path / "steps")
    vendor.conversation(2, at=LATER, status="resolved")
    vendor.message(200, of=4, at=LATER, message_type=1, content="Soon.")
    vendor.conversation(6, at=LATER)
    vendor.contact(11, at=LATER, email="new@example.com")
    begun = len(vendor.log)
    fetch(chatwoot, own, tmp_path / "steps")
    second = vendor.log[begun:]
    fetch(chatwoot, own, tmp_path / "once")
    steps = landed(own, tmp_path / "steps")
    assert steps == landed(own, tmp_path / "once")
    assert steps["conversations"][2]["status"] == "resolved"
    assert steps["contacts"][11]["email"] == "new@example.com"
    # three changed, and the lag, a day, takes in all of the first: as many messages are asked for
    asked = {each.path for each in second if each.path.endswith("/messages")}
    assert len(asked) == 6
    vendor.conversation(7, at="2026-02-01T08:00:00Z")
    fetch(chatwoot, own, tmp_path / "steps")
    begun = len(vendor.log)
    fetch(chatwoot, own, tmp_path / "steps")
    pages = [each for each in vendor.log[begun:] if each.path == CONVERSATIONS]
    # one of the last day, whose page shows that all others are older
    assert [each.query["page"] for each in pages] == ["1"]


def test_what_changes_between_two_pages_pushes_nothing_out(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    vendor.is_busy = True
    fetch(chatwoot, own, tmp_path)
    assert {2, 3, 4, 5} <= set(landed(own, tmp_path)["conversations"])
    fetch(chatwoot, own, tmp_path)
    found = landed(own, tmp_path)["conversations"]
    assert found == vendor.records["conversations"]


def test_rating_that_is_changed_is_read_again(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    """It stays where it was in the list, which is by when it was first given."""
    vendor.rating(30, at=LATER, rating=1, conversation_id=2)
    fetch(chatwoot, own, tmp_path)
    vendor.rating(20, at=DAY_1, rating=2)
    fetch(chatwoot, own, tmp_path)
    assert landed(own, tmp_path)["csat_survey_responses"][20]["rating"] == 2
    since = [
        int(each.query["since"])
        for each in vendor.asked_for("/api/v1/accounts/1/csat_survey_responses")
    ]
    assert since[-1] == epoch(LATER) - 30 * 24 * 3600


def test_backfill_brings_its_span_alone(vendor: Busy, own: Connection, tmp_path: Path) -> None:
    vendor.conversation(4, at="2026-03-05T12:00:00Z")
    vendor.conversation(5, at="2026-03-06T00:00:00Z")
    spring = replace(own, start=datetime(2026, 3, 1, tzinfo=UTC))
    fetch(chatwoot, spring, tmp_path, end=datetime(2026, 3, 6, tzinfo=UTC))
    found = landed(own, tmp_path)
    assert (set(found["conversations"]), set(found["messages"])) == ({4}, {104})


def test_account_by_number(tmp_path: Path) -> None:
    vendor = Chatwoot(account=7)
    vendor.conversation(1, at=DAY_1)
    with serve(vendor) as url:
        first = account(chatwoot, url, token=TOKEN)
        assert "401" in fetch(chatwoot, first, tmp_path).refused[0].message
        report = fetch(chatwoot, replace(first, options={"account": "7"}), tmp_path)
    assert report.refused == ()
    assert report.records["conversations"] == 1


def test_older_installation_has_no_reporting_events(tmp_path: Path) -> None:
    vendor = Chatwoot(has_reporting_events=False)
    vendor.conversation(1, at=DAY_1)
    with serve(vendor) as url:
        report = fetch(chatwoot, account(chatwoot, url, token=TOKEN), tmp_path)
    assert (report.refused, report.records["reporting_events"]) == ((), 0)


def test_table_that_fails_leaves_the_others_alone(
    vendor: Busy, own: Connection, tmp_path: Path
) -> None:
    vendor.faults = [Fault(MESSAGES, 500, times=99)]
    report = fetch(chatwoot, own, tmp_path)
    assert {refusal.entity for refusal in report.refused} == {
        "conversations",
        "messages",
        "reporting_events",
    }
    assert report.records["contacts"] == 3
    vendor.faults = [Fault(MESSAGES, 429, headers={"Retry-After": "1"})]
    assert fetch(chatwoot, own, tmp_path).records["messages"] == 5


def test_wrong_token_is_told_by_a_probe(own: Connection) -> None:
    assert probing.probe(chatwoot, own) is None
    told = probing.probe(chatwoot, replace(own, secrets={"token": "no"}))
    assert told == "the server answered 401: the secret was refused; make a new one and set it"
