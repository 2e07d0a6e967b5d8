"""Accounts of the systems on local servers, filled with what `cx generate --as` wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ingestion.sample_company.vendors import hubspot, matomo, salesforce
from tests.contract.chatwoot import Chatwoot
from tests.contract.formbricks import Formbricks
from tests.contract.hubspot import HubSpot
from tests.contract.intercom import Intercom
from tests.contract.matomo import Matomo
from tests.contract.qualtrics import Qualtrics
from tests.contract.salesforce import Salesforce
from tests.contract.surveymonkey import SurveyMonkey
from tests.contract.typeform import Typeform
from tests.contract.vendor_server import TOKEN, Vendor
from tests.contract.woocommerce import KEY, WooCommerce
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


def qualtrics_account(records: Path) -> Vendor:
    vendor = Qualtrics()
    vendor.progress = ["complete"]
    for question in lines(records / "questions.jsonl"):
        asked = [*vendor.questions.get(question["survey_id"], ()), question]
        vendor.put_survey(question["survey_id"], *asked, at=question["survey_last_modified"])
    for response in lines(records / "responses.jsonl"):
        vendor.responses.setdefault(response["survey_id"], []).append(response)
    return vendor


def formbricks_account(records: Path) -> Vendor:
    vendor = Formbricks()
    vendor.surveys = {survey["id"]: survey for survey in lines(records / "surveys.jsonl")}
    vendor.responses = {each["id"]: each for each in lines(records / "responses.jsonl")}
    return vendor


def surveymonkey_account(records: Path) -> Vendor:
    vendor = SurveyMonkey()
    vendor.surveys = {survey["id"]: survey for survey in lines(records / "surveys.jsonl")}
    vendor.responses = {each["id"]: each for each in lines(records / "responses.jsonl")}
    return vendor


def zendesk_account(records: Path) -> Vendor:
    vendor = Zendesk()
    vendor.page = PAGE
    vendor.records = {
        path.stem: {record["id"]: record for record in lines(path)}
        for path in records.glob("*.jsonl")
    }
    return vendor


def intercom_account(records: Path) -> Vendor:
    vendor = Intercom()
    vendor.page = PAGE
    for name in ("contacts", "teams", "conversations"):
        vendor.records[name] = {each["id"]: each for each in lines(records / f"{name}.jsonl")}
    for conversation in vendor.records["conversations"].values():
        conversation["parts"] = conversation.pop("conversation_parts")["conversation_parts"]
    return vendor


def chatwoot_account(records: Path) -> Vendor:
    vendor = Chatwoot()
    vendor.page = PAGE
    for name in ("contacts", "conversations", "messages"):
        vendor.records[name] = {each["id"]: each for each in lines(records / f"{name}.jsonl")}
    return vendor


def woocommerce_account(records: Path) -> Vendor:
    vendor = WooCommerce(page=PAGE)
    for name in ("customers", "orders", "trashed_orders"):
        held = vendor.customers if name == "customers" else vendor.orders
        held.update({record["id"]: record for record in lines(records / f"{name}.jsonl")})
    for refund in lines(records / "refunds.jsonl"):
        vendor.refunds.setdefault(refund["order_id"], {})[refund["id"]] = refund
    return vendor


def matomo_account(records: Path) -> Vendor:
    vendor = Matomo()
    vendor.put_site(matomo.SITE, at="2025-12-01 00:00:00", hours=matomo.HOURS_AHEAD)
    visits = lines(records / "visits.jsonl")
    vendor.visits[matomo.SITE] = {visit["idVisit"]: visit for visit in visits}
    return vendor


# By system; one that is not named here exports files.
ACCOUNTS: Mapping[str, Callable[[Path], Vendor]] = {
    "chatwoot": chatwoot_account,
    "formbricks": formbricks_account,
    "hubspot": hubspot_account,
    "intercom": intercom_account,
    "matomo": matomo_account,
    "salesforce": salesforce_account,
    "qualtrics": qualtrics_account,
    "surveymonkey": surveymonkey_account,
    "typeform": typeform_account,
    "woocommerce": woocommerce_account,
    "zendesk": zendesk_account,
}
SECRETS = {
    "SOURCES__ZENDESK__EMAIL": EMAIL,
    "SOURCES__FORMBRICKS__API_KEY": TOKEN,
    "SOURCES__WOOCOMMERCE__KEY": KEY,
    "SOURCES__WOOCOMMERCE__SECRET": TOKEN,
} | {f"SOURCES__{system.upper()}__TOKEN": TOKEN for system in ACCOUNTS}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
