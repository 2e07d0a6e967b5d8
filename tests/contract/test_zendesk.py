"""What is fetched of Zendesk: everything that changed once, again, and what was deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest

from dagster_project.connections import missing_secrets
from ingestion.fetching import probing
from ingestion.fetching.model import Connection, Span
from ingestion.sources.support import zendesk
from tests.contract.app_vendor import CLIENT, SECRET
from tests.contract.landed import account, fetch, newest, records
from tests.contract.vendor_server import TOKEN, Fault, serve
from tests.contract.zendesk import EMAIL, Zendesk

DAY_1, DAY_2 = "2026-01-01T08:00:00Z", "2026-01-02T08:00:00Z"
TICKETS = "/api/v2/incremental/tickets/cursor.json"
EVENTS = "/api/v2/incremental/ticket_events.json"


@pytest.fixture
def vendor() -> Zendesk:
    vendor = Zendesk()
    for number in range(1, 6):
        vendor.put("tickets", number, at=DAY_1, status="open", requester_id=10)
        at = f"2026-01-01T08:00:0{number}Z"
        vendor.happen(number, 100 + number, at=at, by=10, children=[{"status": "new"}])
    vendor.put("users", 10, at=DAY_1, role="end-user", email="ana@example.com")
    vendor.put("users", 11, at=DAY_1, role="agent", email="ben@example.com")
    vendor.put("organizations", 20, at=DAY_1, name="Acme")
    vendor.put("groups", 30, at=DAY_1, name="support")
    for number in (40, 41, 42):
        vendor.put("ticket_fields", number, at=DAY_1, title="topic")
    vendor.put("satisfaction_ratings", 50, at=DAY_1, score="offered", ticket_id=1)
    return vendor


@pytest.fixture
def own(vendor: Zendesk) -> Iterator[Connection]:
    with serve(vendor) as url:
        yield account(zendesk, url, email=EMAIL, token=TOKEN)


def test_all_pages_of_all_resources_land(vendor: Zendesk, own: Connection, tmp_path: Path) -> None:
    report = fetch(zendesk, own, tmp_path)
    assert report.refused == ()
    landed = newest(zendesk, own, tmp_path)
    assert landed == vendor.records
    # a cursor goes on from a page, and the time of the start does not go with it
    asked = [each.query for each in vendor.asked_for(TICKETS)]
    assert ["cursor" in each for each in asked] == [False, True, True]
    assert ["start_time" in each for each in asked] == [True, False, False]
    assert asked[0]["include"] == "metric_sets"
    assert {each.query["include"] for each in vendor.asked_for(EVENTS)} == {"comment_events"}


def test_second_fetch_brings_what_changed_and_equals_a_full_one(
    vendor: Zendesk, own: Connection, tmp_path: Path
) -> None:
    fetch(zendesk, own, tmp_path / "steps")
    vendor.put("tickets", 2, at=DAY_2, status="solved")
    vendor.put("tickets", 6, at=DAY_2, status="new", requester_id=10)
    vendor.happen(2, 200, at=DAY_2, by=11, children=[{"status": "solved"}])
    vendor.put("users", 10, at=DAY_2, active=False)
    vendor.put("organizations", 20, at=DAY_2, deleted_at=DAY_2)
    vendor.put("satisfaction_ratings", 50, at=DAY_2, score="good")
    vendor.delete_ticket(5, at=DAY_2)
    begun = len(vendor.log)
    fetch(zendesk, own, tmp_path / "steps")
    second = vendor.log[begun:]
    fetch(zendesk, own, tmp_path / "once")
    steps = newest(zendesk, own, tmp_path / "steps")
    assert steps == newest(zendesk, own, tmp_path / "once") == vendor.records
    # its own time of change stands still
    assert steps["tickets"][5]["status"] == "deleted"
    assert steps["tickets"][5]["updated_at"] == DAY_1
    # the second fetch began an hour, the stated lag, before the newest change that it had seen
    hour_before = int(datetime.fromisoformat(DAY_1).timestamp()) - 3600
    assert next(e.query for e in second if e.path == TICKETS)["start_time"] == str(hour_before)


def test_boundary_rows_come_twice_and_nothing_is_left_out(own: Connection, tmp_path: Path) -> None:
    """Pages by time end at a second, whose records begin the next page again."""
    fetch(zendesk, own, tmp_path)
    landed = [each["id"] for each in records(zendesk, own, tmp_path)["ticket_events"]]
    assert sorted(set(landed)) == [101, 102, 103, 104, 105]
    assert len(landed) > 5


def test_quota_is_waited_for_and_a_stream_that_stands_still_is_left(
    vendor: Zendesk, own: Connection, tmp_path: Path
) -> None:
    still = {"ticket_events": [], "end_time": 1, "end_of_stream": False}
    vendor.faults = [
        Fault(TICKETS, 429, headers={"Retry-After": "1"}),
        Fault(EVENTS, 200, body=still, times=99),
    ]
    report = fetch(zendesk, own, tmp_path)
    assert [refusal.entity for refusal in report.refused] == ["ticket_events"]
    assert "the API has changed" in report.refused[0].message
    assert report.records["tickets"] == 5


def test_wrong_token_is_told_by_a_probe(own: Connection) -> None:
    assert probing.probe(zendesk, own) is None
    wrong = Connection(own.name, own.system, own.url, own.start, {"email": EMAIL, "token": "no"})
    told = probing.probe(zendesk, wrong)
    assert told == "the server answered 401: the secret was refused; make a new one and set it"


def test_id_and_secret_of_a_client_make_tokens_that_may_read(
    vendor: Zendesk, own: Connection, tmp_path: Path
) -> None:
    """Each is good for half an hour, and a long export goes on with the next."""
    vendor.good_for = 1
    vendor.seconds = 60
    client = replace(own, secrets={"client_id": CLIENT, "client_secret": SECRET})
    assert probing.probe(zendesk, client) is None
    assert fetch(zendesk, client, tmp_path).refused == ()
    assert newest(zendesk, own, tmp_path) == vendor.records
    wrong = replace(own, secrets={"client_id": CLIENT, "client_secret": "no"})
    assert probing.probe(zendesk, wrong) == (
        "the server answered invalid_client: the secret was refused; make a new one and set it"
    )


def test_one_pair_of_secrets_is_enough_and_no_mixture_is(own: Connection) -> None:
    names = [secret.name for secret in zendesk.SECRETS]
    for count in range(len(names) + 1):
        for given in combinations(names, count):
            named = replace(own, secrets=dict.fromkeys(given, "s"))
            is_enough = {"client_id", "client_secret"} <= {*given} or {"email", "token"} <= {*given}
            assert (missing_secrets(named) == ()) == is_enough, given
            if is_enough:
                assert zendesk.configuration(named, Span(own.start))["client"]["auth"]


def test_start_of_today_is_asked_for_a_minute_ago(
    vendor: Zendesk, own: Connection, tmp_path: Path
) -> None:
    """Zendesk refuses to export the last minute."""
    today = Connection(own.name, own.system, own.url, datetime.now(UTC), own.secrets)
    assert fetch(zendesk, today, tmp_path).refused == ()
    assert vendor.asked_for(TICKETS)
