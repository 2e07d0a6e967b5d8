"""What is fetched of Salesforce: everything that changed once, again, what was deleted or merged,
and what becomes of a query whose locator or whose quota is gone."""

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
from ingestion.sources.crm import salesforce
from tests.contract.app_vendor import CLIENT, SECRET
from tests.contract.landed import account, fetch, records
from tests.contract.salesforce import API, Salesforce
from tests.contract.vendor_server import TOKEN, Answer, Asked, Fault, serve

DAY_1, DAY_2 = "2026-01-01T08:00:00.000+0000", "2026-01-02T08:00:00.000+0000"
QUERY = f"{API}/queryAll"


@pytest.fixture
def vendor() -> Salesforce:
    vendor = Salesforce()
    vendor.put("Account", "001a", at=DAY_1, Name="Acme", Account_Id__c="A7")
    for number in range(1, 6):
        vendor.put(
            "Contact", f"003{number}", at=DAY_1, Email=f"{number}@example.com", AccountId="001a"
        )
    vendor.put("Contact", "0031", at=DAY_1, Customer_ID__c="C1", Shoe_Size__c="38")
    vendor.put("Task", "00T1", at=DAY_1, TaskSubtype="Call", WhoId="0031")
    vendor.put("User", "0051", at=DAY_1, IsActive=True)
    return vendor


@pytest.fixture
def own(vendor: Salesforce) -> Iterator[Connection]:
    with serve(vendor) as url:
        yield account(salesforce, url, token=TOKEN)


def newest(own: Connection, home: Path) -> dict[str, dict[str, dict[str, Any]]]:
    landed = records(salesforce, own, home)
    return {table: {row["Id"]: row for row in rows} for table, rows in landed.items()}


def queries(vendor: Salesforce, kind: str) -> list[str]:
    asked = [each.query["q"] for each in vendor.asked_for(QUERY)]
    return [query for query in asked if f" FROM {kind} " in query]


def test_all_pages_land_once_with_what_the_company_has_added(
    vendor: Salesforce, own: Connection, tmp_path: Path
) -> None:
    report = fetch(salesforce, own, tmp_path)
    assert report.refused == ()
    assert report.records == {
        "users": 1, "accounts": 1, "contacts": 5, "opportunities": 0, "leads": 0, "cases": 0,
        "tasks": 1,
    }  # fmt: skip
    landed = newest(own, tmp_path)
    first = landed["contacts"]["0031"]
    # a field that names a column is that column however it is spelt; no other is asked for
    assert first["customer_id__c"] == "C1"
    assert first["Account"]["account_id__c"] == "A7"
    assert landed["tasks"]["00T1"]["Who"]["customer_id__c"] == "C1"
    assert not any("hoe" in name for name in first)
    assert len(vendor.asked_for(f"{API}/query/.*")) == 2


def test_fields_that_an_edition_lacks_are_not_asked_for(
    vendor: Salesforce, own: Connection, tmp_path: Path
) -> None:
    vendor.fields["Contact"].remove("MobilePhone")
    assert fetch(salesforce, own, tmp_path).refused == ()
    assert "MobilePhone" not in queries(vendor, "Contact")[0]


def test_second_fetch_brings_what_changed_and_equals_a_full_one(
    vendor: Salesforce, own: Connection, tmp_path: Path
) -> None:
    fetch(salesforce, own, tmp_path / "steps")
    vendor.put("Contact", "0032", at=DAY_2, Email="new@example.com")
    vendor.put("Contact", "0036", at=DAY_2, Email="6@example.com")
    vendor.delete("Contact", "0033", at=DAY_2)
    vendor.merge("Contact", "0031", "0034", at=DAY_2)
    fetch(salesforce, own, tmp_path / "steps")
    fetch(salesforce, own, tmp_path / "once")
    steps = newest(own, tmp_path / "steps")
    assert steps == newest(own, tmp_path / "once")
    assert steps["contacts"]["0033"]["IsDeleted"]
    assert steps["contacts"]["0034"]["MasterRecordId"] == "0031"
    assert steps["contacts"]["0034"]["MasterRecord"]["customer_id__c"] == "C1"
    # the second fetch began an hour, the stated lag, before the newest change that it had seen
    first, second, _ = queries(vendor, "Contact")
    assert "SystemModstamp >= 2020-01-01T00:00:00Z" in first
    assert "SystemModstamp >= 2026-01-01T07:00:00Z" in second


class _Forgetful(Salesforce):
    """Drops its locators after the first page of contacts."""

    def respond(self, asked: Asked) -> Answer:
        if asked.path.startswith(f"{API}/query/") and len(self.asked_for(f"{API}/query/.*")) == 1:
            self.put("Contact", "0031", at=DAY_2, Email="changed@example.com")
            self.drop_locators()
        return super().respond(asked)


def test_lost_locator_begins_again_behind_the_last_record(tmp_path: Path) -> None:
    """Five of one second: the two that were read do not come again, but the one that has changed
    since does, as it stands now."""
    vendor = _Forgetful()
    for number in range(1, 6):
        vendor.put("Contact", f"003{number}", at=DAY_1)
    with serve(vendor) as url:
        own = account(salesforce, url, token=TOKEN)
        assert fetch(salesforce, own, tmp_path).refused == ()
        landed = [row["Id"] for row in records(salesforce, own, tmp_path)["contacts"]]
    assert landed == ["0031", "0032", "0033", "0034", "0035", "0031"]
    _, again = queries(vendor, "Contact")
    assert "SystemModstamp = 2026-01-01T08:00:00Z AND Id > '0032'" in again


def test_backfill_asks_for_its_span_and_moves_no_cursor(
    vendor: Salesforce, own: Connection, tmp_path: Path
) -> None:
    vendor.put("Contact", "0036", at=DAY_2)
    for _ in range(2):
        report = fetch(salesforce, own, tmp_path, end=datetime(2026, 1, 2, tzinfo=UTC))
        assert report.records["contacts"] == 5
    assert fetch(salesforce, own, tmp_path).records["contacts"] == 6


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("REQUEST_LIMIT_EXCEEDED", 403, "REQUEST_LIMIT_EXCEEDED: the quota is used up"),
        ("INSUFFICIENT_ACCESS", 403, "403: the secret may not read this"),
        ("INVALID_SESSION_ID", 401, "401: the secret was refused"),
        ("QUERY_TIMEOUT", 400, "QUERY_TIMEOUT: the server is in trouble"),
    ],
)
def test_table_that_is_refused_says_why_and_leaves_the_others_alone(
    vendor: Salesforce, own: Connection, tmp_path: Path, code: str, status: int, told: str
) -> None:
    body = [{"message": "of Ana Example", "errorCode": code}]
    vendor.faults = [Fault(f"{API}/sobjects/Task/describe", status, body=body, times=99)]
    report = fetch(salesforce, own, tmp_path)
    assert [refusal.entity for refusal in report.refused] == ["tasks"]
    assert told in report.refused[0].message
    assert "Ana" not in str(report)
    assert report.records["contacts"] == 5


def test_object_that_is_hidden_is_a_missing_right_and_its_ids_are_not_asked_for(
    vendor: Salesforce, own: Connection, tmp_path: Path
) -> None:
    vendor.hidden = {"Account"}
    report = fetch(salesforce, own, tmp_path)
    assert [refusal.entity for refusal in report.refused] == ["accounts"]
    assert "the secret may not read this" in report.refused[0].message
    assert report.records["contacts"] == 5
    assert "Account." not in queries(vendor, "Contact")[-1]


def test_quota_is_waited_for_and_a_changed_answer_is_told(
    vendor: Salesforce, own: Connection, tmp_path: Path
) -> None:
    vendor.faults = [
        Fault(f"{API}/sobjects/User/describe", 429, headers={"Retry-After": "1"}),
        Fault(f"{API}/sobjects/Lead/describe", 200, body={"field": []}, times=99),
    ]
    report = fetch(salesforce, own, tmp_path)
    assert [refusal.entity for refusal in report.refused] == ["leads"]
    assert "has no `fields`" in report.refused[0].message
    assert report.records["users"] == 1


def test_page_that_fails_moves_no_cursor(
    vendor: Salesforce, own: Connection, tmp_path: Path
) -> None:
    vendor.faults = [Fault(f"{API}/query/.*", 500, times=99)]
    assert [refusal.entity for refusal in fetch(salesforce, own, tmp_path).refused] == ["contacts"]
    vendor.faults = []
    assert fetch(salesforce, own, tmp_path).records["contacts"] == 5


def test_key_and_secret_of_an_app_make_the_token(
    own: Connection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = replace(own, secrets={"client_id": CLIENT, "client_secret": SECRET})
    wrong = replace(own, secrets={"client_id": CLIENT, "client_secret": "wrong-and-secret"})
    with caplog.at_level(logging.DEBUG):
        assert probing.probe(salesforce, app) is None
        assert fetch(salesforce, app, tmp_path).records["contacts"] == 5
        report = fetch(salesforce, wrong, tmp_path)
    assert {refusal.message for refusal in report.refused} == {
        "the server answered invalid_client: the secret was refused; make a new one and set it"
    }
    kept = "".join(
        path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file()
    )
    assert not {secret for secret in (SECRET, "wrong-and-secret", "made-1") if
                secret in f"{report}{caplog.text}{kept}"}  # fmt: skip


def test_expired_token_is_told_by_a_probe(own: Connection) -> None:
    assert probing.probe(salesforce, own) is None
    told = probing.probe(salesforce, replace(own, secrets={"token": "old"}))
    assert told == "the server answered 401: the secret was refused; make a new one and set it"
