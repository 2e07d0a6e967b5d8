"""The company's service desk as Intercom's API gives it.

Intercom's ids are its own; the company's stand where Intercom keeps a foreign id, or in custom
attributes that bear the names of the contract's columns, like everything that Intercom has no field
for. Staged again (dbt_project/models/staging/intercom/), the records give the same rows, but for
what NOT_CARRIED names. What was withdrawn is gone, as what is deleted in Intercom is.
"""

from collections.abc import Iterable, Mapping, Sequence

from ingestion.sample_company.vendors.desk import (
    Record,
    attributes,
    current,
    epoch,
    left_by_desk,
)
from ingestion.sample_company.vendors.exported import Exported, Row, Rows, json_lines

# What it holds whole; of customers only those who have a ticket.
ENTITIES = ("tickets", "ticket_messages")
# Columns that Intercom does not give back, each with the reason.
NOT_CARRIED = {
    "customers": {"is_deleted": "who was deleted is gone"},
    "tickets": {"is_deleted": "what was deleted is gone"},
    "ticket_messages": {
        "updated_at": "what was said has no time of change here",
        "is_deleted": "what was deleted is gone",
    },
}
_STATES = {"open": "open", "pending": "snoozed", "solved": "closed"}
_CHANNELS = {
    "chat": "conversation",
    "email": "email",
    "phone": "phone_call",
    "social": "facebook",
    "app": "push",
    "sms": "sms",
    "whatsapp": "whatsapp",
}
_OPENED = {"customer": "customer_initiated", "agent": "admin_initiated"}
_STATISTICS = {
    "first_reply_at": "first_admin_reply_at",
    "first_solved_at": "first_close_at",
    "solved_at": "last_close_at",
}
_AUTHORS = {"customer": "user", "agent": "admin"}


def exported(rows: Rows) -> Exported:
    return json_lines(export(rows)), left_by_desk(rows, "intercom", held=ENTITIES)


def export(rows: Mapping[str, Sequence[Row]]) -> dict[str, list[Record]]:
    """Intercom's records by resource, from rows with the contract's columns as text.

    Of the versions of a row the last holds. Rows without an id, or of a ticket that is not there,
    are left out: Intercom has none.
    """
    tickets = current(rows.get("tickets", ()), "ticket_id")
    customers = current(rows.get("customers", ()), "customer_id")
    asking = {row["customer_id"] for row in tickets.values()} & set(customers)
    contacts = {key: f"{place:024x}" for place, key in enumerate(sorted(asking), 1)}
    teams = _numbers(row["team"] for row in tickets.values())
    said: dict[str, list[Row]] = {key: [] for key in tickets}
    for row in current(rows.get("ticket_messages", ()), "message_id").values():
        if row["ticket_id"] in said:
            said[row["ticket_id"]].append(row)
    return {
        "contacts": [_contact(customers[key], contacts[key]) for key in sorted(asking)],
        "teams": [{"type": "team", "id": key, "name": name} for name, key in teams.items()],
        "conversations": [
            _conversation(row, str(place), contacts=contacts, teams=teams, said=said[key])
            for place, (key, row) in enumerate(tickets.items(), 1001)
        ],
    }


def _numbers(names: Iterable[str | None]) -> dict[str, str]:
    return {
        name: str(1001 + place) for place, name in enumerate(filter(None, dict.fromkeys(names)))
    }


def _contact(row: Row, own_id: str) -> Record:
    own = {"customer_id", "email", "phone", "language", "updated_at", "is_deleted", "source_system"}
    created_at = epoch(row["created_at"])
    return {
        "type": "contact",
        "id": own_id,
        "role": "user",
        "external_id": row["customer_id"],
        "email": row["email"],
        "phone": row["phone"],
        "language_override": row["language"],
        "created_at": created_at,
        "updated_at": epoch(row["updated_at"]),
        "custom_attributes": attributes(row, but=own | ({"created_at"} if created_at else set())),
    }


def _conversation(
    row: Row,
    own_id: str,
    *,
    contacts: Mapping[str, str],
    teams: Mapping[str, str],
    said: Sequence[Row],
) -> Record:
    contact = contacts.get(row["customer_id"] or "")
    times = {column: epoch(row[column]) for column in ("created_at", *_STATISTICS)}
    fitting = {
        "customer_id": contact,
        "channel": _CHANNELS.get(row["channel"] or ""),
        "status": _STATES.get(row["status"] or ""),
        "opened_by": _OPENED.get(row["opened_by"] or ""),
        "reopens": row["reopens"],
        "team": row["team"],
        **times,
    }
    own = {"updated_at", "is_deleted", "source_system"}
    own |= {column for column, value in fitting.items() if value is not None}
    return {
        "type": "conversation",
        "id": own_id,
        "created_at": times["created_at"],
        "updated_at": epoch(row["updated_at"]),
        "state": fitting["status"],
        "team_assignee_id": int(teams[row["team"]]) if row["team"] else None,
        "source": {
            "type": fitting["channel"],
            "delivered_as": fitting["opened_by"] or "operator_initiated",
            "body": "",
        },
        "contacts": {
            "type": "contact.list",
            "contacts": [{"type": "contact", "id": contact}] if contact else [],
        },
        "statistics": {
            **{name: times[column] for column, name in _STATISTICS.items()},
            "count_reopens": int(row["reopens"]) if row["reopens"] else None,
        },
        "custom_attributes": attributes(row, but=own),
        "conversation_parts": {
            "type": "conversation_part.list",
            "conversation_parts": [_part(message, contact) for message in said],
            "total_count": len(said),
        },
    }


def _part(row: Row, contact: str | None) -> Record:
    kind = _AUTHORS.get(row["author_role"], row["author_role"])
    return {
        "type": "conversation_part",
        "id": row["message_id"],
        "external_id": row["message_id"],
        "part_type": "note" if row["is_public"] == "false" else "comment",
        "body": row["text"],
        "created_at": epoch(row["created_at"]),
        "author": {"type": kind, "id": contact if kind == "user" else "0"},
    }
