"""Accounts of the systems on local servers, filled with what `cx generate --as` wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ingestion.sample_company.vendors import hubspot, salesforce
from tests.contract.hubspot import HubSpot
from tests.contract.salesforce import Salesforce
from tests.contract.typeform import Typeform
from tests.contract.vendor_server import TOKEN, Vendor
from tests.contract.zendesk import EMAIL, Zendesk

PAGE = 200


def hubspot_account(records: Path) -> Vendor:
    vendor = HubSpot()
    for kind in hubspot.ENTITIES.values():
        vendor.objects[kind] = {record["id"]: record for record in lines(records / f"{kind}.jsonl")}
    vendor.contacts_of["deals"] = {
        each["from"]["id"]: [str(contact["toObjectId"]) for contact in each["to"]]
        for each in lines(records / "deals_contacts.jsonl")
    }
    return vendor


def salesforce_account(records: Path) -> Vendor:
    vendor = Salesforce()
    vendor.page = PAGE
    kinds = {"accounts": "Account", "contacts": "Contact", "opportunities": "Opportunity"}
    for resource, _ in salesforce.ENTITIES.values():
        for record in lines(records / f"{resource}.jsonl"):
            vendor.put(kinds[resource], record["Id"], at=record["SystemModstamp"], **record)
    return vendor


def typeform_account(records: Path) -> Vendor:
    vendor = Typeform()
    vendor.forms = {form["id"]: form for form in lines(records / "forms.jsonl")}
    for response in lines(records / "responses.jsonl"):
        vendor.responses.setdefault(response.pop("form_id"), []).append(response)
    return vendor


def zendesk_account(records: Path) -> Vendor:
    vendor = Zendesk()
    vendor.page = PAGE
    vendor.records = {
        path.stem: {record["id"]: record for record in lines(path)}
        for path in records.glob("*.jsonl")
    }
    return vendor


# By system; one that is not named here exports files.
ACCOUNTS: Mapping[str, Callable[[Path], Vendor]] = {
    "hubspot": hubspot_account,
    "salesforce": salesforce_account,
    "typeform": typeform_account,
    "zendesk": zendesk_account,
}
SECRETS = {"SOURCES__ZENDESK__EMAIL": EMAIL} | {
    f"SOURCES__{system.upper()}__TOKEN": TOKEN for system in ACCOUNTS
}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
