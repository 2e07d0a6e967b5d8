"""Freshdesk for tests: lists that end at a page, tickets in the order of their last change."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from tests.contract.vendor_server import TOKEN, Answer, Asked, Vendor

LAST_PAGE = 300
_KNOWN = base64.b64encode(f"{TOKEN}:X".encode()).decode()
_FILTERS = {"deleted": "deleted", "spam": "spam"}


class Freshdesk(Vendor):
    """`records` by resource and id."""

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, dict[int, dict[str, Any]]] = {}

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("Authorization") == f"Basic {_KNOWN}"

    def put(self, resource: str, key: int, *, at: str, **fields: Any) -> None:
        """Makes or changes a record at a time."""
        held = self.records.setdefault(resource, {})
        before = held.get(key, {"id": key, "created_at": at})
        held[key] = {**before, **fields, "updated_at": at}

    def respond(self, asked: Asked) -> Answer:
        name = asked.path.removeprefix("/api/v2/")
        if name == "agents/me":
            return Answer({"id": 1})
        if int(asked.query.get("page", "1")) > LAST_PAGE:
            return Answer({"description": "Validation failed"}, 400)
        if name == "tickets":
            return Answer(_page(self._tickets(asked.query), asked.query))
        if name.endswith("/conversations"):
            ticket = int(name.split("/")[1])
            if ticket not in self.records.get("tickets", {}):
                return Answer({}, 404)
            said = [e for e in self._of("conversations") if e["ticket_id"] == ticket]
            return Answer(_page(said, asked.query))
        if name == "contacts":
            return Answer(_page(self._contacts(asked.query), asked.query))
        if name == "surveys/satisfaction_ratings":
            since = _moment(asked.query["created_since"])
            found = [
                e for e in self._of("satisfaction_ratings") if _moment(e["created_at"]) >= since
            ]
            return Answer(_page(found, asked.query))
        return Answer(_page(self._of(name), asked.query))

    def _of(self, name: str) -> list[dict[str, Any]]:
        return list(self.records.get(name, {}).values())

    def _tickets(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """Without a filter neither deleted ones nor spam; what was not asked for is not shown."""
        wanted = _FILTERS.get(query.get("filter", ""))
        included = query.get("include", "").split(",")
        hidden = {"stats", "description", "description_text"} - {
            name for part in included for name in (part, f"{part}_text")
        }
        found = [
            {name: value for name, value in each.items() if name not in hidden}
            for each in self._of("tickets")
            if _moment(each["updated_at"]) >= _moment(query["updated_since"])
            and (each.get(wanted) if wanted else not (each.get("deleted") or each.get("spam")))
        ]
        found.sort(
            key=lambda each: (each[query["order_by"]], each["id"]),
            reverse=query["order_type"] == "desc",
        )
        return found

    def _contacts(self, query: dict[str, str]) -> list[dict[str, Any]]:
        is_deleted = query.get("state") == "deleted"
        return [
            each
            for each in self._of("contacts")
            if _moment(each["updated_at"]) >= _moment(query["_updated_since"])
            and bool(each.get("deleted")) == is_deleted
        ]


def _page(found: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
    size = min(int(query.get("per_page", "30")), 100)
    first = (int(query.get("page", "1")) - 1) * size
    return found[first : first + size]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
