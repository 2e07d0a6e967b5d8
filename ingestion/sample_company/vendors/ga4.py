"""The company's web events as Google Analytics 4 exports them to BigQuery.

Staged again (dbt_project/models/staging/ga4/), the records give the same web events, but for what
NOT_CARRIED names.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from ingestion.contract import SEEDS_FOLDER
from ingestion.sample_company.vendors.exported import Exported, Row, Rows, without

SITE = "https://shop.example"
STREAM = "1000001"

# Columns of web_events that GA4 does not give back, each with the reason.
NOT_CARRIED = {
    "event_id": "GA4 has no event id; staging makes one of what tells events apart",
    "session_id": "a number within its browser: sessions are the same, their names are not",
    "email": "GA4 forbids personal data; the link is handed back instead",
    "user_agent": "GA4 keeps what it made of the agent, not the agent",
    "is_bot": "GA4 leaves known machines out, and so are they here",
    "updated_at": "GA4 has no versions: a day is exported again",
    "is_deleted": "GA4 has no marks: an event that is withdrawn is not in the export",
    "source_system": "the source's own name",
}

Record = dict[str, Any]


@dataclass(frozen=True)
class Export:
    """The records of each day, as the tables `events_YYYYMMDD` hold them, and the identity links
    that no event can show, which another system has to bring."""

    days: Mapping[str, list[Record]]
    links_left: list[Row]

    def files(self) -> Iterator[tuple[str, str]]:
        """Name and text of each day's file, as `bq extract` writes JSON Lines."""
        for day, records in self.days.items():
            lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
            yield f"events_{day}.json", "".join(lines)


def exported(rows: Rows) -> Exported:
    found = export(rows["web_events"], rows["identity_links"])
    left = without(rows, "web_events") | {"identity_links": found.links_left}
    return dict(found.files()), left


def export(
    web_events: pa.Table | Iterable[Row], identity_links: pa.Table | Iterable[Row]
) -> Export:
    """Turns rows that the contract accepts, typed or as text, into what GA4 would export.

    Of the versions of an event the last holds; withdrawn events and machines are left out.
    """
    events = [row for row in _current(_rows(web_events)) if not _is_true(row.get("is_bot"))]
    names = _country_names()
    days: dict[str, list[Record]] = {}
    for row in events:
        record = _record(row, country_names=names)
        days.setdefault(record["event_date"], []).append(record)
    return Export(dict(sorted(days.items())), _links_left(events, _rows(identity_links)))


def _rows(rows: pa.Table | Iterable[Row]) -> Iterable[Row]:
    return rows.to_pylist() if isinstance(rows, pa.Table) else rows


def _current(rows: Iterable[Row]) -> list[Row]:
    by_id = {row["event_id"]: row for row in rows}
    return [row for row in by_id.values() if not _is_true(row.get("is_deleted"))]


def _is_true(value: object) -> bool:
    return str(value).lower() in ("true", "1", "yes")


def _country_names() -> dict[str, str]:
    """The name of each country by its code; the first of its spellings."""
    names: dict[str, str] = {}
    path = SEEDS_FOLDER / "country_names.csv"
    with path.open(encoding="utf-8", newline="") as seed:
        for row in csv.DictReader(seed):
            names.setdefault(row["country"], row["name"])
    return names


def _record(row: Row, *, country_names: Mapping[str, str]) -> Record:
    """One event; its number stands for that of its bundle and tells it from its like."""
    micros = _micros(row["occurred_at"])
    is_app = row.get("device") == "app"
    record = {
        "event_date": datetime.fromtimestamp(micros / 1e6, UTC).strftime("%Y%m%d"),
        "event_timestamp": str(micros),
        "event_name": row["event_name"],
        "event_params": [
            _param(key, value) for key, value in _params(row, is_app=is_app) if value is not None
        ],
        "event_bundle_sequence_id": str(row["event_id"]),
        "user_id": row.get("customer_id"),
        "user_pseudo_id": row.get("anonymous_id"),
        "device": _filled(
            category="mobile" if is_app else row.get("device"),
            operating_system=row.get("os"),
            web_info=_filled(browser=row.get("browser")),
        ),
        "geo": _filled(country=country_names.get(row.get("country") or "", row.get("country"))),
        "collected_traffic_source": _filled(
            manual_source=row.get("utm_source"),
            manual_medium=row.get("utm_medium"),
            manual_campaign_name=row.get("utm_campaign"),
        ),
        "stream_id": STREAM,
        "platform": "ANDROID" if is_app else "WEB",
        "items": [],
    }
    return _filled(**record)


def _filled(**values: Any) -> Record:
    """The values that are some; `bq extract` does not write the others."""
    return {name: value for name, value in values.items() if value is not None and value != {}}


def _params(row: Row, *, is_app: bool) -> Iterator[tuple[str, object]]:
    page, referrer = row.get("page"), row.get("referrer")
    yield ("firebase_screen", page) if is_app else ("page_location", page and f"{SITE}{page}")
    yield "page_referrer", referrer
    yield "ga_session_id", row.get("session_id")
    yield "load_ms", row.get("load_ms")
    is_error = row.get("is_error")
    yield "is_error", None if is_error is None else str(_is_true(is_error)).lower()
    yield from json.loads(row.get("properties") or "{}").items()


def _param(key: str, value: object) -> Record:
    """A parameter with its value under the name of its type; whole numbers are written as text."""
    text = str(value)
    if text.isdecimal():
        held: Record = {"int_value": text}
    elif isinstance(value, float):
        held = {"double_value": value}
    else:
        held = {"string_value": text}
    return {"key": key, "value": held}


def _micros(moment: datetime | str) -> int:
    """Microseconds since 1970; a time without a zone is in UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _links_left(events: Iterable[Row], links: Iterable[Row]) -> list[Row]:
    """Links that no event shows, and what an event's e-mail address says of its browser."""
    shown = set()
    by_email: dict[tuple[str, str], Row] = {}
    for row in events:
        browser, email = row.get("anonymous_id"), row.get("email")
        shown.add(frozenset({("customer_id", row.get("customer_id")), ("anonymous_id", browser)}))
        if browser and email:
            by_email.setdefault((browser, email), row)
    left = [
        link
        for link in links
        if frozenset(((link["left_type"], link["left_id"]), (link["right_type"], link["right_id"])))
        not in shown
    ]
    return left + [
        {
            "left_type": "anonymous_id",
            "left_id": browser,
            "right_type": "email",
            "right_id": email,
            "linked_at": row["occurred_at"],
        }
        for (browser, email), row in by_email.items()
    ]
