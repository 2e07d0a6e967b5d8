"""What is fetched of Pipedrive: each record that changed, under the names of the company's fields,
and what is deleted, of which its lists say nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.fetching import probing
from ingestion.fetching.model import Connection
from ingestion.sources.crm import pipedrive
from tests.contract.landed import account, fetch, newest, records
from tests.contract.pipedrive import Pipedrive
from tests.contract.vendor_server import TOKEN, Answer, Asked, Fault, serve

DAY_1, DAY_2 = "2026-01-01T08:00:00Z", "2026-01-02T08:00:00Z"
OWN_ID, PLAN, PHONE = "f" * 40, "b" * 40, "c" * 40
PERSONS = "/api/v2/persons"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipedrive, "_now", lambda: datetime(2026, 1, 10, tzinfo=UTC))


@pytest.fixture
def vendor() -> Pipedrive:
    return filled(Pipedrive())


def filled(vendor: Pipedrive) -> Pipedrive:
    vendor.field("person", OWN_ID, "Customer_ID ")
    vendor.field("person", PHONE, "Shoe size")
    vendor.field("deal", PLAN, "lost_to_competitor", "Acme", "Bolt")
    for number in range(1, 6):
        vendor.put("persons", number, at=DAY_1, custom_fields={OWN_ID: f"C{number}", PHONE: "38"})
        vendor.put("leads", f"lead-{number}", at=DAY_1, is_archived=number == 5, **{PLAN: "2"})
    vendor.put("organizations", 10, at=DAY_1, name="Acme")
    vendor.put("activities", 20, at=DAY_1, type="call", done=True)
    vendor.put("deals", 30, at=DAY_1, status="open", custom_fields={PLAN: 1})
    vendor.put("deals", 31, at=DAY_1, status="won", is_archived=True)
    vendor.put("deals", 32, at=DAY_1, status="open")
    vendor.put("users", 40, at=DAY_1, active_flag=True)
    return vendor


@pytest.fixture
def own(vendor: Pipedrive) -> Iterator[Connection]:
    with serve(vendor) as url:
        yield account(pipedrive, url, token=TOKEN)


def landed(own: Connection, home: Path) -> dict[str, dict[Any, Any]]:
    return newest(pipedrive, own, home)


def test_all_pages_land_under_the_names_of_the_fields(
    vendor: Pipedrive, own: Connection, tmp_path: Path
) -> None:
    report = fetch(pipedrive, own, tmp_path)
    assert report.refused == ()
    assert report.records == {
        "persons": 5, "organizations": 1, "deals": 2, "archived_deals": 1, "deleted_deals": 0,
        "leads": 5, "activities": 1, "users": 1, "deleted_records": 0,
    }  # fmt: skip
    found = landed(own, tmp_path)
    # no field but those that are columns; an option is read as it is called, in either version
    assert found["persons"][1]["named"] == {"customer_id": "C1"}
    assert found["deals"][30]["named"] == {"lost_to_competitor": "Acme"}
    assert found["leads"]["lead-1"]["named"] == {"lost_to_competitor": "Bolt"}
    assert [each.query.get("cursor") for each in vendor.asked_for(PERSONS)] == [None, "at2", "at4"]
    starts = [each.query.get("start") for each in vendor.asked_for("/api/v1/leads")]
    assert starts == ["0", "2"]


def test_second_fetch_brings_what_changed_and_equals_a_full_one(
    vendor: Pipedrive, own: Connection, tmp_path: Path
) -> None:
    fetch(pipedrive, own, tmp_path / "steps")
    vendor.put("persons", 2, at=DAY_2, name="New")
    vendor.put("persons", 6, at=DAY_2)
    vendor.put("deals", 32, at=DAY_2, is_archived=True)
    vendor.put("leads", "lead-2", at=DAY_2, is_archived=True)
    begun = len(vendor.log)
    fetch(pipedrive, own, tmp_path / "steps")
    second = vendor.log[begun:]
    fetch(pipedrive, own, tmp_path / "once")
    steps, once = landed(own, tmp_path / "steps"), landed(own, tmp_path / "once")
    del steps["deals"][32]  # in this list it stands as it was, in the other one as it is
    assert steps == once
    # the second fetch began an hour, the stated lag, before the newest change that it had seen
    asked = next(each.query for each in second if each.path == PERSONS)
    assert asked["updated_since"] == "2026-01-01T07:00:00Z"
    feed = next(each.query for each in second if each.path == "/api/v1/recents")
    assert feed["since_timestamp"] == "2026-01-01 07:00:00"


def test_what_is_deleted_is_told(vendor: Pipedrive, own: Connection, tmp_path: Path) -> None:
    """Of two persons that were merged one is deleted; a lead that became a deal is gone."""
    fetch(pipedrive, own, tmp_path)
    for resource, key in (("persons", 3), ("organizations", 10), ("activities", 20),
                          ("deals", 30), ("leads", "lead-3")):  # fmt: skip
        vendor.delete(resource, key, at=DAY_2)
    assert fetch(pipedrive, own, tmp_path).refused == ()
    found = landed(own, tmp_path)
    assert {key: each["item"] for key, each in found["deleted_records"].items()} == {
        3: "person", 10: "organization", 20: "activity",
    }  # fmt: skip
    assert found["deleted_records"][3]["named"] == {"customer_id": "C3"}
    assert set(found["deleted_deals"]) == {30}
    lead = {"id": "lead-3", "is_deleted": True}
    assert found["leads"]["lead-3"] == lead
    # told once
    fetch(pipedrive, own, tmp_path)
    versions = [each for each in records(pipedrive, own, tmp_path)["leads"] if each == lead]
    assert len(versions) == 1


class Careless(Pipedrive):
    """Of what is gone one has no time and one no kind; a lead has no id, a field no name."""

    def respond(self, asked: Asked) -> Answer:
        answer = super().respond(asked)
        data = answer.body["data"] or []
        if asked.path == "/api/v1/recents" and asked.query["start"] == "0":
            gone: dict[str, Any] = {"active_flag": False}
            data += [
                {"item": "person", "id": 91, "data": {"id": 91, **gone, "update_time": None}},
                {"item": "person", "id": 92, "data": {"id": 92, **gone, "update_time": "soon"}},
                {
                    "item": "person",
                    "id": 95,
                    "data": {"id": 95, **gone, "update_time": "2099-01-01 00:00:00"},
                },
                {"id": 93, "data": {"id": 93, **gone}},
                {"item": "person", "id": 94},
            ]
        if asked.path == "/api/v1/leads":
            data.append({"title": "no id"})
        if asked.path.endswith("Fields"):
            data += [
                {"field_code": "x", "field_name": None, "is_custom_field": True},
                {"field_code": "y", "field_name": "plan", "is_custom_field": True,
                 "options": [{"id": 1}, {"label": "gold"}]},
            ]  # fmt: skip
        return answer


def test_records_that_lack_something_land_as_they_came(tmp_path: Path) -> None:
    """And the cursor stands at the newest time that can be read."""
    vendor = Careless()
    filled(vendor)
    with serve(vendor) as url:
        own = account(pipedrive, url, token=TOKEN)
        for _ in range(2):
            assert fetch(pipedrive, own, tmp_path).refused == ()
        found = records(pipedrive, own, tmp_path)
        feed = [each.query["since_timestamp"] for each in vendor.asked_for("/api/v1/recents")]
        report = fetch(pipedrive, own, tmp_path, end=datetime(2026, 1, 2, tzinfo=UTC))
    assert {each["id"] for each in found["deleted_records"]} == {91, 92, 93, 95}
    assert {"title": "no id", "named": {}} in found["leads"]
    assert not [lead for lead in found["leads"] if lead.get("is_deleted") is True]
    assert feed[-1] == "2026-01-01 07:00:00"
    assert report.refused == ()


def test_account_in_which_nothing_is_yet(tmp_path: Path) -> None:
    vendor = Pipedrive()
    vendor.put("users", 40, at=DAY_1, active_flag=True)
    with serve(vendor) as url:
        own = account(pipedrive, url, token=TOKEN)
        assert [fetch(pipedrive, own, tmp_path).refused for _ in range(2)] == [(), ()]


class Shrinking(Pipedrive):
    """While the first page of leads is read, one of it goes, and pulls another one out."""

    is_shrinking = False

    def respond(self, asked: Asked) -> Answer:
        answer = super().respond(asked)
        if self.is_shrinking and asked.path == "/api/v1/leads":
            self.is_shrinking = False
            self.delete("leads", "lead-1", at=DAY_2)
        return answer


def test_lead_that_a_page_missed_is_not_gone(tmp_path: Path) -> None:
    vendor = Shrinking()
    filled(vendor)
    with serve(vendor) as url:
        own = account(pipedrive, url, token=TOKEN)
        fetch(pipedrive, own, tmp_path)
        vendor.is_shrinking = True
        fetch(pipedrive, own, tmp_path)
        assert len(vendor.asked_for("/api/v1/leads/lead-3")) == 1
        assert "is_deleted" in landed(own, tmp_path)["leads"]["lead-3"]
        assert not landed(own, tmp_path)["leads"]["lead-3"]["is_deleted"]


def test_backfill_brings_its_span_and_moves_no_cursor(
    vendor: Pipedrive, own: Connection, tmp_path: Path
) -> None:
    vendor.put("persons", 6, at=DAY_2)
    vendor.delete("persons", 5, at=DAY_2)
    for _ in range(2):
        report = fetch(pipedrive, own, tmp_path, end=datetime(2026, 1, 2, tzinfo=UTC))
        assert (report.records["persons"], report.records["deleted_records"]) == (4, 0)
    report = fetch(pipedrive, own, tmp_path)
    assert (report.records["persons"], report.records["deleted_records"]) == (5, 1)


def test_table_that_is_refused_leaves_the_others_alone(
    vendor: Pipedrive, own: Connection, tmp_path: Path
) -> None:
    vendor.faults = [
        Fault("/api/v2/personFields", 403, body={"error": "of Ana"}, times=99),
        Fault("/api/v1/recents", 200, body={"success": True}, times=99),
        Fault("/api/v1/leads", 200, body={"data": [], "additional_data": None}, times=99),
        Fault("/api/v2/organizations", 429, headers={"Retry-After": "1"}),
    ]
    report = fetch(pipedrive, own, tmp_path)
    told = {refusal.entity: refusal.message for refusal in report.refused}
    assert set(told) == {"persons", "deleted_records", "leads"}
    assert "403: the secret may not read this" in told["persons"]
    assert "has no `data`" in told["deleted_records"]
    assert "has no `pagination`" in told["leads"]
    assert "Ana" not in str(report)
    assert (report.records["organizations"], report.records["activities"]) == (1, 1)


def test_page_that_fails_moves_no_cursor(
    vendor: Pipedrive, own: Connection, tmp_path: Path
) -> None:
    vendor.faults = [Fault(PERSONS, 500, skip=1, times=99)]
    assert [each.entity for each in fetch(pipedrive, own, tmp_path).refused] == ["persons"]
    vendor.faults = []
    assert fetch(pipedrive, own, tmp_path).records["persons"] == 5


def test_wrong_token_is_told_and_never_shown(
    own: Connection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = replace(own, secrets={"token": "wrong-and-secret"})
    with caplog.at_level(logging.DEBUG):
        assert probing.probe(pipedrive, own) is None
        told = probing.probe(pipedrive, wrong)
        report = fetch(pipedrive, wrong, tmp_path)
        fetch(pipedrive, own, tmp_path)
    assert told == "the server answered 401: the secret was refused; make a new one and set it"
    assert {refusal.message for refusal in report.refused} == {told}
    kept = "".join(
        path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file()
    )
    for secret in (TOKEN, "wrong-and-secret"):
        assert secret not in f"{report}{caplog.text}{kept}"
