"""The company's service desk as Chatwoot's API gives it.

Chatwoot's ids are numbers of its own; the company's stand where Chatwoot keeps a foreign id, or in
custom attributes that bear the names of the contract's columns, like all that Chatwoot has no
field for. Staged again (dbt_project/models/staging/chatwoot/), the records give the same rows, but
for what NOT_CARRIED names. What was withdrawn is gone, as what is deleted in Chatwoot is.
"""

from collections.abc import Mapping, Sequence

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
# Columns that Chatwoot does not give back, each with the reason.
NOT_CARRIED = {
    "customers": {
        "updated_at": "a contact has no time of change",
        "is_deleted": "who was deleted is gone",
    },
    "tickets": {"is_deleted": "what was deleted is gone"},
    "ticket_messages": {
        "updated_at": "a message has no time of change",
        "is_deleted": "what was deleted is gone",
    },
}
_STATES = {"open": "open", "pending": "pending", "solved": "resolved"}
_CHANNELS = {
    "chat": "Channel::WebWidget",
    "email": "Channel::Email",
    "phone": "Channel::Voice",
    "sms": "Channel::Sms",
    "social": "Channel::FacebookPage",
    "telegram": "Channel::Telegram",
    "whatsapp": "Channel::Whatsapp",
}
# The kind of message and the type of its sender.
_AUTHORS = {"customer": (0, "contact"), "agent": (1, "user"), "bot": (1, "agent_bot")}
_ACCOUNT = 1


def exported(rows: Rows) -> Exported:
    return json_lines(export(rows)), left_by_desk(rows, "chatwoot", held=ENTITIES)


def export(rows: Mapping[str, Sequence[Row]]) -> dict[str, list[Record]]:
    """Chatwoot's records by resource, from rows with the contract's columns as text.

    Of the versions of a row the last holds. Rows without an id, or of a ticket that is not there,
    are left out: Chatwoot has none.
    """
    tickets = current(rows.get("tickets", ()), "ticket_id")
    customers = current(rows.get("customers", ()), "customer_id")
    asking = sorted({row["customer_id"] for row in tickets.values()} & set(customers))
    contacts = {key: place for place, key in enumerate(asking, 1)}
    numbers = {key: place for place, key in enumerate(tickets, 1)}
    messages = [
        row
        for row in current(rows.get("ticket_messages", ()), "message_id").values()
        if row["ticket_id"] in numbers
    ]
    return {
        "contacts": [_contact(customers[key], contacts[key]) for key in asking],
        "conversations": [
            _conversation(row, numbers[key], contact=contacts.get(row["customer_id"] or ""))
            for key, row in tickets.items()
        ],
        "messages": [
            _message(row, place, of=numbers[row["ticket_id"]])
            for place, row in enumerate(messages, 1)
        ],
    }


def _contact(row: Row, number: int) -> Record:
    own = {"customer_id", "email", "phone", "updated_at", "is_deleted", "source_system"}
    created_at = epoch(row["created_at"])
    return {
        "id": number,
        "identifier": row["customer_id"],
        "email": row["email"],
        "phone_number": row["phone"],
        "created_at": created_at,
        "custom_attributes": attributes(row, but=own | ({"created_at"} if created_at else set())),
    }


def _conversation(row: Row, number: int, *, contact: int | None) -> Record:
    fitting = {
        "customer_id": contact,
        "channel": _CHANNELS.get(row["channel"] or ""),
        "status": _STATES.get(row["status"] or ""),
        "team": row["team"],
        "priority": row["priority"],
        "created_at": epoch(row["created_at"]),
        "first_reply_at": epoch(row["first_reply_at"]),
    }
    own = {"updated_at", "is_deleted", "source_system"}
    own |= {column for column, value in fitting.items() if value is not None}
    updated_at = epoch(row["updated_at"]) or 0
    return {
        "id": number,
        "account_id": _ACCOUNT,
        "status": fitting["status"],
        "priority": row["priority"],
        "created_at": fitting["created_at"],
        "first_reply_created_at": fitting["first_reply_at"] or 0,
        "updated_at": float(updated_at),
        "last_activity_at": updated_at,
        "meta": {
            "sender": {"id": contact} if contact else None,
            "channel": fitting["channel"],
            "team": {"name": row["team"]} if row["team"] else None,
        },
        "custom_attributes": attributes(row, but=own),
    }


def _message(row: Row, number: int, *, of: int) -> Record:
    kind, sender = _AUTHORS.get(row["author_role"], (row["author_role"], None))
    return {
        "id": number,
        "conversation_id": of,
        "message_type": kind,
        "content_type": "text",
        "content": row["text"],
        "content_attributes": {"message_id": row["message_id"]},
        "private": row["is_public"] == "false",
        "created_at": epoch(row["created_at"]),
        "sender": {"type": sender},
    }
