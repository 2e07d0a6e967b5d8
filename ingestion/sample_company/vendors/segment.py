"""The company's web events and identity links as Segment archives its messages.

Staged again (dbt_project/models/staging/segment/), the messages give the same web events and links,
but for what NOT_CARRIED names.
"""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from ingestion.sample_company.vendors.exported import Exported, Row, Rows, json_line

Record = dict[str, Any]

# The devices' clocks are wrong by so much: staging has to reckon the server's time.
CLOCK_AHEAD = timedelta(seconds=90)
# Columns of web_events that Segment does not give back, each with the reason.
NOT_CARRIED = {
    "updated_at": "Segment says when it received a message, which is later than the event",
    "is_deleted": "the archive is only added to: a deleted event stays with the files",
    "browser": "Segment keeps the agent, and makes nothing of it",
    "country": "Segment keeps an address, no country",
    "load_ms": "Segment does not time pages",
    "is_error": "an event is what its name says",
    "source_system": "the source's own name",
}
# The same of identity_links.
LINKS_NOT_CARRIED = {
    "confidence": "who is identified is certain",
    "updated_at": "a link is told anew, not changed",
    "is_deleted": "a link is never taken back",
    "source_system": "the source's own name",
}
_KIND = {"page_view": "page", "screen_view": "screen"}
_MARK = {"anonymous_id": "anonymousId", "email": "email", "phone": "phone"}


def carried_events(rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """The versions of the events that Segment could have received, and the other rows: nameless
    ones, times that no clock shows, machines, whose agents tell no device, and deleted events."""
    by_id: dict[str | None, list[Row]] = {}
    for row in rows:
        by_id.setdefault(row["event_id"], []).append(row)
    held: list[Row] = []
    left: list[Row] = []
    for found in by_id.values():
        (held if all(map(_is_message, found)) else left).extend(found)
    return held, left


def _is_message(row: Row) -> bool:
    return (
        all(row[name] for name in ("event_id", "event_name"))
        and row["is_bot"] == "false"
        and "2000" < (row["occurred_at"] or "") < "2090"
        and row["is_deleted"] != "true"
    )


def carried_links(rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """The links of a customer with one of the identifiers that `identify` takes, and the others."""
    held: list[Row] = []
    left: list[Row] = []
    for row in rows:
        is_held = (
            row["left_type"] in _MARK
            and row["right_type"] == "customer_id"
            and row["left_id"]
            and row["right_id"]
            and row["is_deleted"] != "true"
        )
        (held if is_held else left).append(row)
    return held, left


def exported(rows: Rows) -> Exported:
    events, other_events = carried_events(rows["web_events"])
    links, other_links = carried_links(rows["identity_links"])
    left = rows | {"web_events": other_events, "identity_links": other_links}
    return files(export(events, links)), left


def export(events: Iterable[Row], links: Iterable[Row]) -> list[Record]:
    """Segment's messages, from rows with the contract's columns as text, as they were received."""
    times_sent: Counter[str] = Counter()
    messages = []
    for row in events:
        times_sent[row["event_id"]] += 1
        messages.append(_event(row) | _times(row["occurred_at"], times_sent[row["event_id"]]))
    messages += [_identify(row, number) for number, row in enumerate(links, start=1)]
    return sorted(messages, key=lambda message: message["receivedAt"])


def files(messages: Iterable[Record]) -> dict[str, str]:
    """The text of each file of the archive, a day's messages, named by the day's first moment."""
    days: dict[str, list[str]] = {}
    for message in messages:
        day = datetime.fromisoformat(message["receivedAt"][:10]).replace(tzinfo=UTC)
        name = f"{int(day.timestamp())}000.json"
        days.setdefault(name, []).append(json_line(message))
    return {name: "".join(lines) for name, lines in days.items()}


def _event(row: Row) -> Record:
    kind = _KIND.get(row["event_name"], "track")
    return _filled(
        messageId=row["event_id"],
        type=kind,
        event=row["event_name"].replace("_", " ").title() if kind == "track" else None,
        name=row["page"] if kind == "screen" else None,
        anonymousId=row["anonymous_id"],
        userId=row["customer_id"],
        properties=json.loads(row["properties"] or "{}"),
        context=_context(row),
    )


def _context(row: Row) -> Record:
    is_app = row["device"] == "app"
    return _filled(
        userAgent=row["user_agent"],
        sessionId=row["session_id"],
        traits=_filled(email=row["email"]),
        page=_filled(path=row["page"], referrer=row["referrer"]),
        campaign=_filled(
            source=row["utm_source"], medium=row["utm_medium"], name=row["utm_campaign"]
        ),
        device=_filled(type=row["os"].lower() if is_app else None),
        os=_filled(name=row["os"]),
    )


def _identify(row: Row, number: int) -> Record:
    mark = {_MARK[row["left_type"]]: row["left_id"]}
    is_browser = row["left_type"] == "anonymous_id"
    return {
        "messageId": f"identify-{number}",
        "type": "identify",
        "userId": row["right_id"],
        **(mark if is_browser else {"traits": mark}),
    } | _times(row["linked_at"], 1)


def _times(moment: str, times_sent: int) -> Record:
    """What the device's clock showed, and when the server received what was sent."""
    happened = datetime.fromisoformat(moment)
    sent_after = timedelta(seconds=times_sent)
    return {
        "originalTimestamp": _iso(happened + CLOCK_AHEAD),
        "sentAt": _iso(happened + CLOCK_AHEAD + sent_after),
        "receivedAt": _iso(happened + sent_after),
        "timestamp": _iso(happened),
    }


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _filled(**values: Any) -> Record:
    """The values that are some; a message does not name the others."""
    return {name: value for name, value in values.items() if value not in (None, {})}
