"""The rights that HubSpot's secret needs, by what is asked and by HubSpot's own descriptions; and
what becomes of records that lack what every record has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ingestion.sources.crm import hubspot
from tests.contract.hubspot import HubSpot
from tests.contract.landed import account, fetch, records
from tests.contract.vendor_server import (
    SPECS,
    TOKEN,
    Answer,
    Asked,
    Fault,
    need_descriptions,
    serve,
)

DAY_1 = "2026-01-01T08:00:00Z"
# What has no description beside the project, by the descriptions that HubSpot publishes of it.
_NOT_THERE = {
    "calls": "crm.objects.contacts.read",
    "emails": "crm.objects.contacts.read",
    "meetings": "crm.objects.contacts.read",
    "communications": "crm.objects.contacts.read",
    "pipelines/tickets": "tickets",
}


def test_hint_names_the_scopes_of_all_that_is_asked_and_no_other(tmp_path: Path) -> None:
    need_descriptions(*HubSpot.descriptions)
    vendor = HubSpot()
    for kind in hubspot.tables():
        if not re.search(r"^archived_|_contacts$|^owners$|^ticket_pipelines$", kind):
            vendor.put(kind, "1", at=DAY_1)
    with serve(vendor) as url:
        assert fetch(hubspot, account(hubspot, url, token=TOKEN), tmp_path).refused == ()
    operations = described()
    wanted = {scope for asked in vendor.log for scope in scopes_of(asked, operations)}
    [hint] = [secret.origin for secret in hubspot.SECRETS]
    assert set(hint.partition("scopes ")[2].split()) == wanted


def described() -> dict[tuple[str, str], list[list[str]]]:
    """By method and path: the scopes, any of which lists is enough."""
    found = {}
    for name in HubSpot.descriptions:
        document: Any = json.loads((SPECS / name).read_text(encoding="utf-8"))
        for path, operations in document["paths"].items():
            # a deal goes by the number of its kind
            asked_as = path.replace("/objects/0-3", "/objects/deals")
            for method, operation in operations.items():
                ways = [way["oauth2"] for way in operation["security"] if "oauth2" in way]
                found[method.upper(), asked_as] = ways
    return found


def scopes_of(asked: Asked, operations: dict[tuple[str, str], list[list[str]]]) -> list[str]:
    if associated := re.fullmatch(r"/crm/v4/associations/(\w+)/(\w+)/batch/read", asked.path):
        return [
            scope
            for kind in associated.groups()
            for scope in scopes_of(
                Asked("GET", f"/crm/v3/objects/{kind}", {}, {}, None), operations
            )
        ]
    kind = re.sub(r"^/crm/v3/(objects/)?|/search$", "", asked.path)
    if kind in _NOT_THERE:
        return [_NOT_THERE[kind]]
    ways = operations[asked.method, asked.path]
    # where several are enough, the one that is for this alone
    return next((way for way in ways if f".{kind}." in "".join(way)), ways[0])


class Careless(HubSpot):
    """The last ticket of a page has no id."""

    def respond(self, asked: Asked) -> Answer:
        answer = super().respond(asked)
        if asked.path == "/crm/v3/objects/tickets/search" and answer.body["results"]:
            del answer.body["results"][-1]["id"]
        return answer


def test_record_without_an_id_lands_as_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the others with their contacts; the next page begins behind the last id that there is."""
    monkeypatch.setattr(hubspot, "_PAGE", 3)
    vendor = Careless()
    for number in range(1, 6):
        vendor.put("tickets", str(number), at=DAY_1)
    vendor.contacts_of["tickets"] = {"1": ["7"]}
    with serve(vendor) as url:
        own = account(hubspot, url, token=TOKEN)
        assert fetch(hubspot, own, tmp_path).refused == ()
    landed = records(hubspot, own, tmp_path)
    # the one that has no id is asked for again, behind the one before it
    found = [each.get("id") for each in landed["tickets"]]
    assert found == ["1", "2", None, "3", "4", None, None]
    assert [each["from"]["id"] for each in landed["tickets_contacts"]] == ["1"]


def test_page_without_any_id_is_a_changed_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be asked for without end."""
    monkeypatch.setattr(hubspot, "_PAGE", 1)
    vendor = Careless()
    vendor.put("tickets", "1", at=DAY_1)
    with serve(vendor) as url:
        report = fetch(hubspot, account(hubspot, url, token=TOKEN), tmp_path)
    assert {refusal.entity for refusal in report.refused} == {"tickets", "tickets_contacts"}
    assert "has no `id that moves on`" in report.refused[0].message


def test_associations_without_results_are_a_changed_answer(tmp_path: Path) -> None:
    vendor = HubSpot()
    vendor.put("tickets", "1", at=DAY_1)
    path = "/crm/v4/associations/tickets/contacts/batch/read"
    vendor.faults = [Fault(path, 200, body={"status": "PENDING"}, times=99)]
    with serve(vendor) as url:
        report = fetch(hubspot, account(hubspot, url, token=TOKEN), tmp_path)
    assert {refusal.entity for refusal in report.refused} == {"tickets", "tickets_contacts"}
    assert "has no `results`" in report.refused[0].message
