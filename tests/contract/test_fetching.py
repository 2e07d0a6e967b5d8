"""What every fetch promises, shown at HubSpot's test server: nothing is lost, nothing doubled, no
failure spreads, no secret leaks."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, cast

import pytest

from ingestion.fetching import landing, pages
from ingestion.fetching.model import ApiSystem, Connection
from ingestion.model import Table
from ingestion.sources.crm import hubspot as whole
from tests.contract.hubspot import HubSpot
from tests.contract.landed import account, fetch, newest, records
from tests.contract.vendor_server import TOKEN, Answer, Asked, Fault, need_descriptions, serve

DAY_1, DAY_2 = "2026-01-01T08:00:00Z", "2026-01-02T08:00:00Z"
TICKETS = "/crm/v3/objects/tickets/search"
CONTACTS = "/crm/v3/objects/contacts/search"


class _Few:
    """HubSpot's source with three of its tables: two that share pages, and one apart."""

    def __getattr__(self, name: str) -> Any:
        return getattr(whole, name)

    def tables(self) -> dict[str, Table]:
        few = ("contacts", "tickets", "tickets_contacts")
        return {name: table for name, table in whole.tables().items() if name in few}


hubspot = cast(ApiSystem, _Few())


@pytest.fixture
def vendor() -> HubSpot:
    vendor = HubSpot()
    for number in range(1, 6):
        vendor.put("contacts", str(number), at=DAY_1, email=f"{number}@example.com")
    vendor.put("tickets", "9", at=DAY_1, hs_pipeline_stage="1")
    vendor.contacts_of["tickets"] = {"9": ["3"]}
    return vendor


@pytest.fixture
def own(vendor: HubSpot) -> Iterator[Connection]:
    with serve(vendor) as url:
        yield account(hubspot, url, token=TOKEN)


def test_second_fetch_brings_what_changed_and_equals_a_full_one(
    vendor: HubSpot, own: Connection, tmp_path: Path
) -> None:
    assert fetch(hubspot, own, tmp_path / "steps").refused == ()
    vendor.put("contacts", "3", at=DAY_2, email="new@example.com")
    vendor.put("contacts", "6", at=DAY_2, email="6@example.com")
    fetch(hubspot, own, tmp_path / "steps")
    fetch(hubspot, own, tmp_path / "once")
    steps = newest(hubspot, own, tmp_path / "steps")
    assert steps == newest(hubspot, own, tmp_path / "once")
    assert steps["contacts"]["3"]["properties"]["email"] == "new@example.com"
    asked = vendor.asked_for(CONTACTS)
    since = [each.body["filterGroups"][0]["filters"][0]["value"] for each in asked]
    # the second fetch began a day, the stated lag, before the newest change it had seen
    seen = datetime.fromisoformat(DAY_1).timestamp() - 24 * 3600
    assert since[1] == str(int(seen * 1000))


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(TICKETS, 403, times=99), "403: the secret may not read this"),
        (Fault(TICKETS, 500, times=99), "500: the server is in trouble"),
        (Fault(TICKETS, 429, headers={"Retry-After": "1"}, times=99), "429: the quota is used up"),
        (Fault(TICKETS, is_truncated=True, times=99), "broke off or is no JSON"),
        (Fault(TICKETS, is_cut=True, times=99), "cannot be reached"),
        (Fault(TICKETS, 402, times=99), "plan does not include this"),
        (Fault(TICKETS, 418, times=99), "was not accepted"),
        (Fault(TICKETS, 200, body={"items": []}, times=99), "has no `results`"),
        (Fault(TICKETS, 200, body={"results": None}, times=99), "has no `results`"),
        (Fault(TICKETS, 200, body={"results": ["9"]}, times=99), "not of the shape that is known"),
        (Fault(TICKETS, 302, headers={"Location": "http://127.0.0.2/x"}, times=99), "another host"),
    ],
    ids=[
        *("no right", "trouble", "quota", "truncated", "cut", "plan", "teapot"),
        *("changed", "null", "no record", "led away"),
    ],
)
def test_table_that_fails_leaves_the_others_alone(
    vendor: HubSpot, own: Connection, tmp_path: Path, fault: Fault, told: str
) -> None:
    vendor.faults = [fault]
    report = fetch(hubspot, own, tmp_path)
    assert {refusal.entity for refusal in report.refused} == {"tickets", "tickets_contacts"}
    assert all(told in refusal.message for refusal in report.refused), report.refused
    assert report.records["contacts"] == 5
    assert set(records(hubspot, own, tmp_path)) == {"contacts"}
    vendor.faults = []
    assert fetch(hubspot, own, tmp_path).records["tickets"] == 1


@pytest.mark.parametrize(
    "told", ["2026/11/22", "0001", "2026-01-01 08:00:00Z", "2999-01-01T00:00:00Z", 9e15, None, ""]
)
def test_time_of_change_that_is_none_stops_and_hides_nothing(
    vendor: HubSpot, own: Connection, tmp_path: Path, told: Any
) -> None:
    vendor.put("contacts", "6", at=DAY_1)
    vendor.objects["contacts"]["6"]["updatedAt"] = told
    for _ in range(2):
        report = fetch(hubspot, own, tmp_path)
        assert (report.refused, report.records["contacts"]) == ((), 6)
    assert newest(hubspot, own, tmp_path)["contacts"]["6"]["updatedAt"] == told
    vendor.put("contacts", "7", at=DAY_2)
    assert fetch(hubspot, own, tmp_path).refused == ()
    assert "7" in newest(hubspot, own, tmp_path)["contacts"]


def test_page_without_any_time_of_change_is_a_changed_api(
    vendor: HubSpot, own: Connection, tmp_path: Path
) -> None:
    fetch(hubspot, own, tmp_path)
    for number in ("6", "7"):
        vendor.put("contacts", number, at=DAY_2)
    kept = dict(vendor.objects["contacts"])
    for key, contact in kept.items():
        vendor.objects["contacts"][key] = {k: v for k, v in contact.items() if k != "updatedAt"}
    [refusal] = fetch(hubspot, own, tmp_path).refused
    assert refusal.entity == "contacts"
    assert "has no `time of change that can be read`: the API has changed" in refusal.message
    vendor.objects["contacts"] = kept
    assert fetch(hubspot, own, tmp_path).records["contacts"] == 7


def test_page_that_comes_again_and_again_ends_its_table_alone(
    vendor: HubSpot, own: Connection, tmp_path: Path
) -> None:
    """A server that does not heed where to go on."""
    page = {"results": [{"id": "1"}], "paging": {"next": {"after": "1"}}}
    vendor.faults = [Fault("/crm/v3/owners", 200, body=page, times=99)]
    report = fetch(whole, own, tmp_path)
    assert {refusal.entity for refusal in report.refused} == {"owners", "archived_owners"}
    assert all("page that moves on" in each.message for each in report.refused)
    assert report.records["contacts"] == 5


def test_search_that_is_sent_elsewhere_is_not_answered_by_another_list(
    vendor: HubSpot, own: Connection, tmp_path: Path
) -> None:
    """A redirect makes of a POST a GET, without the body that says what is asked for."""
    there = {"Location": "/crm/v3/objects/contacts"}
    vendor.faults = [Fault(CONTACTS, 302, headers=there, times=99)]
    [refusal] = fetch(hubspot, own, tmp_path).refused
    assert refusal.message.startswith("the server answered 302: the request was not accepted")


def test_half_a_sign_stops_nothing(vendor: HubSpot, own: Connection, tmp_path: Path) -> None:
    vendor.put("contacts", "6", at=DAY_1, city="Köln \ud83d")
    assert fetch(hubspot, own, tmp_path).refused == ()
    landed = newest(hubspot, own, tmp_path)["contacts"]["6"]
    assert landed["properties"]["city"] == "Köln \ufffd"


def test_page_without_any_id_is_a_changed_api(
    vendor: HubSpot, own: Connection, tmp_path: Path
) -> None:
    """Else its rows would fill the quarantine, and the cursor would stand behind the good ones."""
    known = [{"vid": n, "updatedAt": DAY_2, "properties": {}} for n in (1, 2)]
    vendor.faults = [Fault(CONTACTS, 200, body={"results": known}, times=99)]
    [refusal] = fetch(hubspot, own, tmp_path).refused
    assert (refusal.entity, "has no `id`: the API has changed" in refusal.message) == (
        "contacts",
        True,
    )
    vendor.faults = []
    assert fetch(hubspot, own, tmp_path).records["contacts"] == 5


def test_table_that_refused_before_makes_no_other_be_asked_twice(
    vendor: HubSpot, own: Connection, tmp_path: Path
) -> None:
    vendor.faults = [Fault(TICKETS, 403, times=99)]
    refused = [each.entity for each in fetch(hubspot, own, tmp_path).refused]
    begun = len(vendor.asked_for(CONTACTS))
    assert fetch(hubspot, own, tmp_path, doubtful=refused).records == {"contacts": 5}
    assert len(vendor.asked_for(CONTACTS)) == begun + 1


@pytest.mark.parametrize(
    "fault",
    [Fault(".*", 401, times=99), Fault(".*", is_cut=True, times=99)],
    ids=["secret", "line"],
)
def test_account_that_fails_is_not_asked_table_by_table(
    vendor: HubSpot, own: Connection, tmp_path: Path, fault: Fault
) -> None:
    vendor.faults = [fault]
    report = fetch(whole, own, tmp_path)
    assert {refused.entity for refused in report.refused} == set(whole.tables())
    assert len({asked.path for asked in vendor.log}) == 2, "the first table, and whether any does"


def test_what_has_landed_lies_nowhere_else(
    vendor: HubSpot, own: Connection, tmp_path: Path
) -> None:
    """People's data stands in one place, from which ingestion takes it away."""
    vendor.faults = [Fault(TICKETS, 403, times=99)]
    fetch(hubspot, own, tmp_path)
    copies = [path.parent.name for path in tmp_path.rglob("*") if path.suffix == ".parquet"]
    assert copies == ["contacts"]
    held = [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and path.suffix != ".parquet" and b"@example.com" in path.read_bytes()
    ]
    assert held == []


def test_passing_trouble_is_waited_out(vendor: HubSpot, own: Connection, tmp_path: Path) -> None:
    vendor.faults = [Fault(CONTACTS, 429, headers={"Retry-After": "1"}), Fault(TICKETS, 503)]
    begun = time.monotonic()
    report = fetch(hubspot, own, tmp_path)
    assert report.refused == ()
    assert time.monotonic() - begun >= 1  # as the server asked
    assert len(vendor.asked_for(CONTACTS)) == 2


def test_wrong_token_is_told_without_being_shown(
    own: Connection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = Connection(own.name, own.system, own.url, own.start, {"token": "wrong-and-secret"})
    with caplog.at_level(logging.DEBUG):
        report = fetch(hubspot, wrong, tmp_path)
    assert len(report.refused) == len(hubspot.tables())
    assert {refusal.message for refusal in report.refused} == {
        "the server answered 401: the secret was refused; make a new one and set it"
    }
    kept = "".join(
        path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file()
    )
    assert "wrong-and-secret" not in f"{report}{caplog.text}{kept}{wrong}"


def test_half_a_fetch_lands_nothing_of_its_table(
    vendor: HubSpot, own: Connection, tmp_path: Path
) -> None:
    """A page that fails after others came: the cursor must not move past what did not land."""
    for number in range(7, 460):
        vendor.put("contacts", str(number), at=DAY_1, email=f"{number}@example.com")
    vendor.faults = [Fault(CONTACTS, 500, skip=1, times=99)]
    assert "contacts" not in fetch(hubspot, own, tmp_path).records
    assert "contacts" not in records(hubspot, own, tmp_path)
    vendor.faults = []
    assert fetch(hubspot, own, tmp_path).records["contacts"] == 458


_CHILD = """
import sys
from pathlib import Path
from ingestion.sources.crm import hubspot as whole
from tests.contract.landed import account, fetch
print(fetch(hubspot, account(hubspot, sys.argv[1], token=sys.argv[2]), Path(sys.argv[3])).records)
"""


class _Hanging(HubSpot):
    """Answers nobody after the second page of contacts."""

    def respond(self, asked: Asked) -> Answer:
        if len(self.asked_for(CONTACTS)) > 1:
            time.sleep(60)
        return super().respond(asked)


def test_killed_fetch_loses_and_doubles_nothing(tmp_path: Path) -> None:
    vendor = _Hanging()
    for number in range(1, 451):
        vendor.put("contacts", str(number), at=DAY_1)
    with serve(vendor) as url:
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, url, TOKEN, str(tmp_path)],
            cwd=Path(__file__).parents[2],
        )
        while len(vendor.asked_for(CONTACTS)) < 2 and child.poll() is None:
            time.sleep(0.1)
        child.send_signal(signal.SIGKILL)
        child.wait()
    calm = HubSpot()
    calm.objects = vendor.objects
    with serve(calm) as url:
        own = account(hubspot, url, token=TOKEN)
        assert fetch(hubspot, own, tmp_path).records["contacts"] == 450
        assert len(records(hubspot, own, tmp_path)["contacts"]) == 450


def test_packed_but_unlanded_records_land_next_time(
    vendor: HubSpot, own: Connection, tmp_path: Path
) -> None:
    """Killed between packing and landing: dlt would land only what waits, and fetch nothing."""
    fetch(hubspot, own, tmp_path)
    pipeline = landing._pipeline(own, home=tmp_path, is_backfill=False)
    vendor.put("contacts", "7", at=DAY_2)
    resources = pages.resources_of(hubspot, own, landing.Span(own.start), patience=0.01)
    waiting = pages.landed(
        resources["contacts"], pages.Tally(), record_id="id", told=lambda _: None
    )
    pipeline.extract([waiting])
    vendor.put("contacts", "8", at=DAY_2)
    fetch(hubspot, own, tmp_path)
    assert {"7", "8"} <= set(newest(hubspot, own, tmp_path)["contacts"])


def test_backfill_asks_for_its_span_and_moves_no_cursor(
    vendor: HubSpot, own: Connection, tmp_path: Path
) -> None:
    vendor.put("contacts", "6", at=DAY_2)
    early = Connection(own.name, own.system, own.url, own.start, own.secrets)
    report = fetch(hubspot, early, tmp_path, end=datetime(2026, 1, 2, tzinfo=UTC))
    assert report.records["contacts"] == 5
    assert fetch(hubspot, own, tmp_path).records["contacts"] == 6


def test_requests_and_answers_keep_to_the_published_description(
    vendor: HubSpot, own: Connection, tmp_path: Path
) -> None:
    need_descriptions(*HubSpot.descriptions)
    fetch(whole, own, tmp_path)
    assert vendor.violations == []


@pytest.mark.parametrize(
    "told",
    [
        {"Retry-After": "3600"},
        {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)},
    ],
)
def test_a_wait_beyond_patience_ends_the_account_after_one_request(
    vendor: HubSpot, own: Connection, tmp_path: Path, told: dict[str, str]
) -> None:
    vendor.faults = [Fault(".*", 429, headers=told, times=99)]
    report = fetch(whole, own, tmp_path)
    assert {refused.entity for refused in report.refused} == set(whole.tables())
    assert all("may be asked again in" in refused.message for refused in report.refused)
    assert len(vendor.log) == 1
    vendor.faults = []
    assert fetch(whole, own, tmp_path).refused == ()


def test_what_was_archived_bears_the_company_s_own_id(
    vendor: HubSpot, own: Connection, tmp_path: Path
) -> None:
    """The row to be withdrawn is known by the property, not by HubSpot's number."""
    vendor.put("contacts", "1", at=DAY_1, customer_id="C1")
    vendor.archive("contacts", "1", at=DAY_2)
    fetch(whole, own, tmp_path)
    archived = newest(whole, own, tmp_path)["archived_contacts"]
    assert archived["1"]["properties"]["customer_id"] == "C1"
