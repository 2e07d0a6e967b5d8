"""The company's customers, accounts and leads as HubSpot's CRM gives them.

HubSpot's ids are numbers of its own; the company's stand in properties that bear the names of the
contract's columns, like everything that HubSpot has no property for.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ingestion.sample_company.vendors.exported import (
    Exported,
    Row,
    Rows,
    iso_moment,
    json_lines,
    with_keys,
)

Record = dict[str, Any]

ENTITIES = {"customers": "contacts", "accounts": "companies", "leads": "deals"}
KEYS = {"customers": "customer_id", "accounts": "account_id", "leads": "lead_id"}
# Columns for which HubSpot has a property of its own, beside those of the same name.
_OWN = {
    "customers": {
        "created_at": "createdate",
        "region": "state",
        "language": "hs_language",
    },
    "accounts": {"created_at": "createdate"},
    "leads": {"created_at": "createdate", "lost_reason": "closed_lost_reason"},
}
# Said of the object itself, or by other objects.
_ABOUT_ROW = ("updated_at", "is_deleted", "source_system")


def exported(rows: Rows) -> Exported:
    carried, left = with_keys(rows, KEYS)
    return json_lines(export(carried)), left


def export(rows: Mapping[str, Sequence[Row]]) -> dict[str, list[Record]]:
    """HubSpot's objects by kind, from rows with the contract's columns as text.

    `<kind>_contacts` holds, by object, the id of its contact. Of the versions of a row the last
    holds; every row has its key.
    """
    objects: dict[str, list[Record]] = {}
    ids: dict[str, dict[str, str]] = {}
    for entity, kind in ENTITIES.items():
        current = {row[KEYS[entity]]: row for row in rows.get(entity, ())}
        ids[entity] = {key: str(1000 + place) for place, key in enumerate(current)}
        objects[kind] = [_object(entity, row, ids[entity][key]) for key, row in current.items()]
    objects["deals_contacts"] = _contacts(rows.get("leads", ()), ids)
    return objects


def _object(entity: str, row: Row, own_id: str) -> Record:
    names = _OWN[entity]
    properties = {
        names.get(column, column): iso_moment(value) if column in names else value
        for column, value in row.items()
        if column not in _ABOUT_ROW and value not in (None, "")
    }
    if entity == "leads":
        properties |= _outcome(row)
    is_archived = str(row.get("is_deleted") or "").lower() == "true"
    created_at = iso_moment(row.get("created_at"))
    changed_at = iso_moment(row.get("updated_at")) or created_at or "2020-01-01T00:00:00Z"
    record: Record = {
        "id": own_id,
        "createdAt": created_at or changed_at,
        "updatedAt": changed_at,
        "archived": is_archived,
        "properties": {**properties, "hs_object_id": own_id},
    }
    changed = "lastmodifieddate" if entity == "customers" else "hs_lastmodifieddate"
    record["properties"][changed] = changed_at
    return record | ({"archivedAt": changed_at} if is_archived else {})


def _outcome(row: Row) -> Record:
    """A deal is closed once, won or lost."""
    closed_at = row.get("won_at") or row.get("lost_at")
    return {
        "hs_is_closed": str(bool(closed_at)).lower(),
        "hs_is_closed_won": str(bool(row.get("won_at"))).lower(),
        **({"closedate": iso_moment(closed_at)} if closed_at else {}),
    }


def _contacts(leads: Iterable[Row], ids: Mapping[str, Mapping[str, str]]) -> list[Record]:
    """Whose deal it is; a lead that is nobody's yet names none."""
    return [
        {"from": {"id": ids["leads"][lead["lead_id"]]}, "to": [{"toObjectId": int(contact)}]}
        for lead in leads
        if (contact := ids["customers"].get(lead.get("customer_id") or ""))
    ]
