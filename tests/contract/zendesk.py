"""Zendesk for tests: exports by cursor and by time, lists by pages, custom fields."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tests.contract.app_vendor import AppVendor
from tests.contract.vendor_server import TOKEN, Answer, Asked

EMAIL = "admin@example.com"
_KNOWN = base64.b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()
_BY_CURSOR = ("tickets", "users")


class Zendesk(AppVendor):
    """`records` by resource and id; each bears what its export goes by."""

    token_path = "/oauth/tokens"
    asked_beside: Mapping[str, str] = {"scope": "read"}

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 1800
        # At most so many records to a page, so that a few records make several.
        self.page = 2
        self.records: dict[str, dict[int, dict[str, Any]]] = {}

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("Authorization") == f"Basic {_KNOWN}" or super().is_known(asked)

    def put(self, resource: str, key: int, *, at: str, **fields: Any) -> None:
        """Makes or changes a record at a time."""
        kept = self.records.setdefault(resource, {}).get(key, {"id": key, "created_at": at})
        self.records[resource][key] = {
            **kept,
            "updated_at": at,
            **({"generated_timestamp": _epoch(at)} if resource == "tickets" else {}),
            **fields,
        }

    def happen(self, ticket: int, key: int, *, at: str, by: int, children: list[Any]) -> None:
        """An update of a ticket, with what was changed and written in it."""
        self.records.setdefault("ticket_events", {})[key] = {
            "id": key,
            "ticket_id": ticket,
            "timestamp": _epoch(at),
            "created_at": at,
            "updater_id": by,
            "via": "Web form",
            "event_type": "Audit",
            "child_events": children,
        }

    def delete_ticket(self, key: int, *, at: str) -> None:
        """As the system changes a ticket: its own `updated_at` stands still."""
        self.records["tickets"][key] |= {"status": "deleted", "generated_timestamp": _epoch(at)}

    def respond(self, asked: Asked) -> Answer:
        if asked.path == self.token_path:
            return self.make_token(asked)
        parts = asked.path.removesuffix(".json").strip("/").split("/")[2:]
        if parts[0] == "incremental":
            return self._export(parts[1], asked.query, by_cursor=parts[-1] == "cursor")
        if asked.path.endswith(".json") and len(parts) == 1:
            return self._list(parts[0], asked.query)
        return Answer({"error": "InvalidEndpoint"}, 404)

    def _export(self, name: str, query: dict[str, str], *, by_cursor: bool) -> Answer:
        if by_cursor != (name in _BY_CURSOR):
            return Answer({"error": "InvalidEndpoint"}, 404)
        key = _moment_of(name)
        given = query.get("cursor")
        start, seen = _read(given) if given else (int(query["start_time"]), -1)
        if not given and start > datetime.now(UTC).timestamp() - 60:
            return Answer({"error": "StartTimeTooRecent"}, 400)
        due = [
            each
            for each in sorted(self._of(name), key=lambda each: (key(each), each["id"]))
            if key(each) >= start and (key(each) > start or each["id"] > seen)
        ]
        page = due[: self.page]
        ended = key(page[-1]) if page else start
        answer: dict[str, Any] = {name: page, "end_of_stream": len(page) == len(due)}
        if by_cursor:  # by time, the second at which a page ends begins the next one again
            last = page[-1]["id"] if page else seen
            answer["after_cursor"] = base64.b64encode(f"{ended}|{last}".encode()).decode()
        else:
            answer |= {"end_time": ended, "count": len(page)}
        return Answer(answer)

    def _list(self, name: str, query: dict[str, str]) -> Answer:
        start = int(query.get("start_time", "0"))
        after = int(query.get("page[after]", "0"))
        found = [
            each
            for each in sorted(self._of(name), key=lambda each: each["id"])
            if each["id"] > after and _epoch(each["created_at"]) >= start
        ]
        page = found[: self.page]
        meta = {
            "has_more": len(page) < len(found),
            "after_cursor": str(page[-1]["id"] if page else 0),
        }
        return Answer({name: page, "meta": meta})

    def _of(self, name: str) -> list[dict[str, Any]]:
        return list(self.records.get(name, {}).values())


def _moment_of(name: str) -> Callable[[dict[str, Any]], int]:
    if name == "tickets":
        return lambda each: int(each["generated_timestamp"])
    if name == "ticket_events":
        return lambda each: int(each["timestamp"])
    return lambda each: _epoch(each["updated_at"])


def _read(cursor: str) -> tuple[int, int]:
    moment, last = base64.b64decode(cursor).decode().split("|")
    return int(moment), int(last)


def _epoch(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())
