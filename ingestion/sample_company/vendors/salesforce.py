"""The company's customers, accounts and leads as Salesforce's API gives them.

Salesforce's ids are its own; the company's stand in custom fields that bear the names of the
contract's columns, like everything that Salesforce has no field for. Staged again
(dbt_project/models/staging/salesforce/), the records give the same rows.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ingestion.sample_company.vendors.exported import Exported, Row, Rows, json_lines, with_keys

Record = dict[str, Any]

KEYS = {"customers": "customer_id", "accounts": "account_id", "leads": "lead_id"}
# Entity -> resource, and the prefix of the ids of its object.
ENTITIES = {
    "accounts": ("accounts", "001"),
    "customers": ("contacts", "003"),
    "leads": ("opportunities", "006"),
}
# Columns for which Salesforce has a field of its own.
_OWN = {
    "accounts": {"name": "Name", "industry": "Industry", "country": "BillingCountry"},
    "customers": {
        "email": "Email",
        "phone": "Phone",
        "country": "MailingCountry",
        "region": "MailingState",
        "city": "MailingCity",
    },
    "leads": {},
}
# The record that a row names: entity, field of its id, and relationship.
_NAMED = {
    "customers": ("accounts", "AccountId", "Account"),
    "leads": ("customers", "ContactId", "Contact"),
}
# Said of the record itself, or by how it ended.
_ABOUT_ROW = ("created_at", "updated_at", "is_deleted", "source_system")
_OUTCOME = ("won_at", "lost_at")


def exported(rows: Rows) -> Exported:
    carried, left = with_keys(rows, KEYS)
    return json_lines(export(carried)), left


def export(rows: Mapping[str, Sequence[Row]]) -> dict[str, list[Record]]:
    """Salesforce's records by resource, from rows with the contract's columns as text.

    Of the versions of a row the last holds; every row has its key.
    """
    current = {
        entity: {row[KEYS[entity]]: row for row in rows.get(entity, ())} for entity in ENTITIES
    }
    ids = {
        entity: {key: f"{prefix}{place:015}" for place, key in enumerate(current[entity], 1)}
        for entity, (_, prefix) in ENTITIES.items()
    }
    return {
        resource: [
            {**_record(entity, row, ids[entity][key]), **_reference(entity, row, ids)}
            for key, row in current[entity].items()
        ]
        for entity, (resource, _) in ENTITIES.items()
    }


def _record(entity: str, row: Row, own_id: str) -> Record:
    names = _OWN[entity]
    named = KEYS[_NAMED[entity][0]] if entity in _NAMED else None
    told = {
        names.get(column, f"{column}__c"): value
        for column, value in row.items()
        if value and column not in (*_ABOUT_ROW, *_OUTCOME, named)
    }
    created_at = _written(row.get("created_at"))
    return {
        "Id": own_id,
        "IsDeleted": str(row.get("is_deleted") or "").lower() == "true",
        "CreatedDate": created_at,
        "SystemModstamp": _written(row.get("updated_at"))
        or created_at
        or "2020-01-01T00:00:00.000+0000",
        **told,
        **(_outcome(row) if entity == "leads" else {}),
    }


def _outcome(row: Row) -> Record:
    """An opportunity is closed once, won or lost, when it comes to its last stage."""
    closed_at = row.get("won_at") or row.get("lost_at")
    return {
        "IsClosed": bool(closed_at),
        "IsWon": bool(row.get("won_at")),
        "LastStageChangeDate": _written(closed_at),
    }


def _reference(entity: str, row: Row, ids: Mapping[str, Mapping[str, str]]) -> Record:
    """The record that a row names, with the company's own id; one that is not there is told in a
    field of the row's own."""
    if entity not in _NAMED:
        return {}
    other, field, relationship = _NAMED[entity]
    column = KEYS[other]
    key = row.get(column) or ""
    if key in ids[other]:
        return {field: ids[other][key], relationship: {f"{column}__c": key}}
    return {f"{column}__c": key} if key else {}


def _written(text: str | None) -> str | None:
    """A moment as Salesforce writes it; what is none stays as it is."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return text
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
