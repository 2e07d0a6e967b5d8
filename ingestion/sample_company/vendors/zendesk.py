"""The company's service desk as Zendesk's API gives it.

Zendesk's ids are numbers of its own; the company's stand in custom fields that bear the names of
the contract's columns, like everything that Zendesk has no field for. Staged again
(dbt_project/models/staging/zendesk/), the records give the same rows, but for what NOT_CARRIED
names.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ingestion.sample_company.vendors.exported import (
    Exported,
    Row,
    Rows,
    iso_moment,
    json_lines,
    without,
)

Record = dict[str, Any]

# What it holds whole; of customers only those who have a ticket.
ENTITIES = ("employees", "tickets", "ticket_changes", "ticket_messages")
# Columns that Zendesk does not give back, each with the reason.
NOT_CARRIED = {
    "ticket_changes": {"updated_at": "an update of a ticket never changes"},
    "ticket_messages": {
        "message_id": "Zendesk numbers comments itself",
        "updated_at": "a comment has no time of change",
    },
}
# Columns of a ticket that Zendesk has itself.
_OWN = (
    "created_at", "customer_id", "channel", "priority", "status", "solved_at", "reopens",
    "agent_replies", "agent_employee_id", "team", "updated_at", "is_deleted", "source_system",
)  # fmt: skip
_VIA = {"phone": "voice"}
_MACHINE = -1
# When the company opened its account, with its teams and fields.
_OPENED = "2020-01-01T00:00:00Z"
_Numbers = Mapping[str, Mapping[str, int]]


def exported(rows: Rows) -> Exported:
    return json_lines(export(rows)), without(rows, *ENTITIES)


def export(rows: Mapping[str, Sequence[Row]]) -> dict[str, list[Record]]:
    """Zendesk's records by resource, from rows with the contract's columns as text.

    Of the versions of a row the last holds. Rows without an id, or of a ticket that is not there,
    are left out: Zendesk has none.
    """
    tickets = _current(rows.get("tickets", ()), "ticket_id")
    customers = _current(rows.get("customers", ()), "customer_id")
    asking = {row["customer_id"] for row in tickets.values() if row["customer_id"] in customers}
    employees = _current(rows.get("employees", ()), "employee_id")
    changes = [row for row in rows.get("ticket_changes", ()) if row["ticket_id"] in tickets]
    messages = [
        row
        for row in _current(rows.get("ticket_messages", ()), "message_id").values()
        if row["ticket_id"] in tickets
    ]
    numbers = {
        "user": _numbers([*sorted(asking), *employees]),
        "ticket": _numbers(tickets),
        "group": _numbers(
            row["team"] for row in [*employees.values(), *tickets.values(), *changes]
        ),
        "field": _numbers(name for row in tickets.values() for name in row),
    }
    events = [
        *(_change(row, numbers) for row in changes),
        *(_comment(row, tickets, numbers) for row in messages),
    ]
    return {
        "users": [
            *(_customer(customers[key], numbers) for key in sorted(asking)),
            *(_employee(row, numbers) for row in employees.values()),
        ],
        "groups": [
            {"id": number, "name": name, "created_at": _OPENED}
            for name, number in numbers["group"].items()
        ],
        "ticket_fields": [
            {"id": number, "title": title, "created_at": _OPENED}
            for title, number in numbers["field"].items()
        ],
        "tickets": [_ticket(row, numbers) for row in tickets.values()],
        "ticket_events": [
            {"id": place, **event, "child_events": _numbered(event["child_events"], within=place)}
            for place, event in enumerate(events, 1)
        ],
    }


def _current(rows: Iterable[Row], key: str) -> dict[str, Row]:
    return {row[key]: row for row in rows if row[key]}


def _numbers(names: Iterable[str | None]) -> dict[str, int]:
    """A number for each name; no two resources share theirs."""
    return {name: 1001 + place for place, name in enumerate(filter(None, dict.fromkeys(names)))}


def _fields(row: Row, *, but: Sequence[str]) -> Record:
    return {name: value for name, value in row.items() if name not in but and value}


def _customer(row: Row, numbers: _Numbers) -> Record:
    own = ("email", "phone", "created_at", "updated_at", "language", "is_deleted", "source_system")
    return {
        "id": numbers["user"][row["customer_id"]],
        "role": "end-user",
        **{name: row[name] for name in ("email", "phone")},
        **{name: iso_moment(row[name]) for name in ("created_at", "updated_at")},
        "locale": row["language"],
        "active": row["is_deleted"] != "true",
        "user_fields": _fields(row, but=own),
    }


def _employee(row: Row, numbers: _Numbers) -> Record:
    return {
        "id": numbers["user"][row["employee_id"]],
        "role": "agent",
        "updated_at": iso_moment(row["updated_at"]),
        "default_group_id": numbers["group"].get(row["team"]),
        "active": True,
        "user_fields": _fields(row, but=("team", "updated_at", "source_system")),
    }


def _ticket(row: Row, numbers: _Numbers) -> Record:
    users = numbers["user"]
    custom = _fields(row, but=_OWN)
    for column in ("customer_id", "agent_employee_id"):
        if row[column] and row[column] not in users:
            custom[column] = row[column]
    return {
        "id": numbers["ticket"][row["ticket_id"]],
        "created_at": iso_moment(row["created_at"]),
        "updated_at": iso_moment(row["updated_at"]),
        "generated_timestamp": _epoch(row["updated_at"] or row["created_at"]),
        "status": "deleted" if row["is_deleted"] == "true" else row["status"],
        "priority": row["priority"],
        "via": {"channel": _VIA.get(row["channel"], row["channel"])},
        "requester_id": users.get(row["customer_id"]),
        "assignee_id": users.get(row["agent_employee_id"]),
        "group_id": numbers["group"].get(row["team"]),
        "metric_set": {
            "solved_at": iso_moment(row["solved_at"]),
            "reopens": row["reopens"],
            "replies": row["agent_replies"],
        },
        "custom_fields": [
            {"id": numbers["field"][name], "value": value} for name, value in custom.items()
        ],
    }


def _change(row: Row, numbers: _Numbers) -> Record:
    changed = {
        "status": row["status"],
        "group_id": numbers["group"].get(row["team"]),
        "assignee_id": numbers["user"].get(row["agent_employee_id"]),
    }
    children = [{"event_type": "Change", name: value} for name, value in changed.items() if value]
    return _event(row, numbers, at=row["changed_at"], children=children)


def _comment(row: Row, tickets: Mapping[str, Row], numbers: _Numbers) -> Record:
    """A customer who is no user writes as nobody."""
    columns = {"customer": "customer_id", "agent": "agent_employee_id"}
    column = columns.get(row["author_role"])
    person = tickets[row["ticket_id"]][column] if column else None
    comment = {
        "event_type": "Comment",
        "author_id": numbers["user"].get(person or "") if column else _MACHINE,
        "public": row["is_public"] != "false",
        "via": {"channel": _VIA.get(row["channel"], row["channel"])},
        "body": row["text"],
    }
    return _event(row, numbers, at=row["created_at"], children=[comment])


def _event(row: Row, numbers: _Numbers, *, at: str | None, children: list[Record]) -> Record:
    return {
        "ticket_id": numbers["ticket"][row["ticket_id"]],
        "created_at": iso_moment(at),
        "timestamp": _epoch(at),
        "child_events": children,
    }


def _numbered(children: Sequence[Record], *, within: int) -> list[Record]:
    return [{"id": within * 100 + place, **child} for place, child in enumerate(children)]


def _epoch(text: str | None) -> int:
    """Seconds since 1970; 0 for what is no time."""
    try:
        return int(datetime.fromisoformat(text or "").astimezone(UTC).timestamp())
    except ValueError:
        return 0
