"""The company's web sessions as visits of its Matomo.

Matomo knows the user of a visit, not of an event, and where the visit came from, not each of its
events. Staged again (dbt_project/models/staging/matomo/), the visits give the same web events, but
for what NOT_CARRIED names.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ingestion.sample_company.vendors.exported import Exported, Row, Rows, json_lines

Record = dict[str, Any]

SITE, SITE_NAME = "1", "https://shop.example"
# The site's clock is ahead of UTC.
HOURS_AHEAD = 3
# Columns of web_events that Matomo does not give back, each with the reason.
NOT_CARRIED = {
    "customer_id": "a user who is recognised in a visit is that of the whole visit",
    "user_agent": "Matomo keeps what it made of the agent, not the agent",
    "properties": "an event of one's own has a category, a name and a value, no names of its own",
    "is_deleted": "a deleted visit leaves no trace",
}
_OF_VISIT = ("device", "os", "browser", "country")
_DEVICE = {"mobile": "Smartphone", "tablet": "Tablet", "desktop": "Desktop"}
_KIND = {"page_view": "action", "search": "search"}


def sessions(rows: Iterable[Row]) -> tuple[list[list[Row]], list[Row]]:
    """The sessions that Matomo could have seen, each its current events in order, and the other
    rows: machines, who has no browser's id, deleted events, times that no clock shows."""
    by_session: dict[str | None, list[Row]] = {}
    for row in rows:
        by_session.setdefault(row["session_id"], []).append(row)
    held, left = [], []
    for found in by_session.values():
        current = list({row["event_id"]: row for row in found}.values())
        if _is_visit(current):
            held.append(sorted(current, key=lambda row: (row["occurred_at"], row["event_id"])))
        else:
            left += found
    return held, left


def _is_visit(rows: Sequence[Row]) -> bool:
    return (
        all(_is_seen(row) for row in rows)
        and len({row["anonymous_id"] for row in rows}) == 1
        and len({row["customer_id"] for row in rows} - {None}) <= 1
        and all(len({row[column] for row in rows}) == 1 for column in _OF_VISIT)
    )


def _is_seen(row: Row) -> bool:
    """Whether an event is one that Matomo would have tracked and kept."""
    return (
        all(row[name] for name in ("session_id", "anonymous_id", "event_id", "event_name"))
        and "2000" < (row["occurred_at"] or "") < "2090"
        and row["is_bot"] == "false"
        and row["is_error"] == str(row["event_name"] == "error").lower()
        and not row["email"]
        and row["is_deleted"] != "true"
    )


def exported(rows: Rows) -> Exported:
    visits, others = sessions(rows["web_events"])
    return json_lines({"visits": export(visits)}), rows | {"web_events": others}


def export(visits: Iterable[Sequence[Row]]) -> list[Record]:
    """Matomo's visits, from sessions with the contract's columns as text."""
    return [_visit(rows) for rows in visits]


def _visit(rows: Sequence[Row]) -> Record:
    first = rows[0]
    users = [row["customer_id"] for row in rows if row["customer_id"]]
    moments = [_epoch(row["occurred_at"]) for row in rows]
    return {
        "idSite": SITE,
        "idVisit": first["session_id"],
        "visitorId": first["anonymous_id"],
        "userId": users[0] if users else None,
        "firstActionTimestamp": moments[0],
        "lastActionTimestamp": moments[-1],
        "referrerUrl": first["referrer"],
        "referrerType": "campaign" if first["utm_campaign"] else "website",
        "campaignSource": first["utm_source"],
        "campaignMedium": first["utm_medium"],
        "campaignName": first["utm_campaign"],
        "deviceType": _DEVICE.get(first["device"], first["device"]),
        "operatingSystemName": first["os"],
        "browserName": first["browser"],
        "countryCode": (first["country"] or "xx").lower(),
        "actionDetails": [_action(row) for row in rows],
    }


def _action(row: Row) -> Record:
    """What was done, at the time that the site's clock showed."""
    kind = _KIND.get(row["event_name"], "event")
    action: Record = {
        "type": kind,
        "pageId": row["event_id"],
        "url": row["page"] and f"{SITE_NAME}{row['page']}",
        "pageLoadTimeMilliseconds": row["load_ms"],
        "timestamp": _epoch(row["occurred_at"]) + HOURS_AHEAD * 3600,
    }
    if kind == "search":
        action["siteSearchKeyword"] = json.loads(row["properties"] or "{}").get("query")
    if kind == "event":
        action |= {"eventCategory": "shop", "eventAction": row["event_name"]}
    return action


def _epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
