"""Chatwoot for tests: lists by pages of a size of their own, messages by id, times as numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.contract.vendor_server import TOKEN, Answer, Asked, Vendor

_MESSAGES_PAGE = 100
_LAST_MESSAGES = 20


class Chatwoot(Vendor):
    """`records` by resource and id, of one account; an older one has no reporting events."""

    # At most so many records to a page, so that a few records make several.
    page = 2

    def __init__(self, *, account: int = 1, has_reporting_events: bool = True) -> None:
        super().__init__()
        self.account = account
        self.has_reporting_events = has_reporting_events
        self.records: dict[str, dict[int, dict[str, Any]]] = {}

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("api_access_token") == TOKEN

    def contact(self, key: int, *, at: str, **fields: Any) -> None:
        self._put("contacts", key, at, fields)

    def conversation(self, key: int, *, at: str, **fields: Any) -> None:
        """Begins or changes a conversation, which is an activity."""
        conversation = {
            "account_id": self.account,
            "status": "open",
            "first_reply_created_at": 0,
            "waiting_since": 0,
            "meta": {},
            "last_activity_at": epoch(at),
            "timestamp": epoch(at),
            "updated_at": epoch(at) + 0.25,
        }
        kept = self.records.get("conversations", {}).get(key, conversation)
        times = ("last_activity_at", "timestamp", "updated_at")
        self._put(
            "conversations",
            key,
            at,
            {**kept, **{name: conversation[name] for name in times}, **fields},
        )

    def message(self, key: int, *, of: int, at: str, **fields: Any) -> None:
        message = {"conversation_id": of, "content_attributes": {}, "private": False}
        self._put("messages", key, at, {**message, **fields})
        self.conversation(of, at=at)

    def event(self, key: int, name: str, *, of: int, at: str) -> None:
        """What Chatwoot notes of a conversation, under the database's own number of it."""
        event = {"name": name, "event_end_time": at, "conversation_id": of + 7000, "of": of}
        self.records.setdefault("reporting_events", {})[key] = {"id": key, **event}

    def rating(self, key: int, *, at: str, **fields: Any) -> None:
        self._put("csat_survey_responses", key, at, fields)

    def put(self, resource: str, key: int, **fields: Any) -> None:
        self.records.setdefault(resource, {})[key] = {"id": key, **fields}

    def _put(self, resource: str, key: int, at: str, fields: dict[str, Any]) -> None:
        held = self.records.setdefault(resource, {})
        held[key] = {"id": key, "created_at": epoch(at), **held.get(key, {}), **fields}

    def respond(self, asked: Asked) -> Answer:
        if asked.path == "/api/v1/profile":
            return Answer({"id": 1, "accounts": [{"id": self.account}]})
        place, _, rest = asked.path.partition(f"/api/v1/accounts/{self.account}/")
        parts = rest.split("/")
        if place or not rest:
            return Answer({"error": "You are not authorized"}, 401)
        if len(parts) == 3:
            return self._of_conversation(int(parts[1]), parts[2], asked.query)
        return self._list(rest, asked.query)

    def _list(self, name: str, query: dict[str, str]) -> Answer:
        found = list(self.records.get(name, {}).values())
        if name == "agents":
            return Answer(found)
        if name == "inboxes":
            return Answer({"payload": found})
        if name == "conversations":
            wanted = query.get("status", "open")
            found = [each for each in found if wanted in ("all", each["status"])]
            found.sort(key=lambda each: each["last_activity_at"], reverse=True)
            return Answer(
                {"data": {"meta": {"all_count": len(found)}, "payload": self._page(found, query)}}
            )
        # a sort of one's own is ascending; the default is not
        found.sort(key=lambda each: each["created_at"], reverse=query.get("sort") != "created_at")
        if name == "contacts":
            return Answer({"meta": {"count": len(found)}, "payload": self._page(found, query)})
        if name == "csat_survey_responses":
            if {"since", "until"} <= set(query):
                bounds = range(int(query["since"]), int(query["until"]))
                found = [each for each in found if each["created_at"] in bounds]
            return Answer(self._page(found, query))
        return Answer({"error": "Resource could not be found"}, 404)

    def _page(self, found: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
        first = (int(query.get("page", "1")) - 1) * self.page
        return found[first : first + self.page]

    def _of_conversation(self, number: int, name: str, query: dict[str, str]) -> Answer:
        if number not in self.records.get("conversations", {}):
            return Answer({"error": "Resource could not be found"}, 404)
        if name == "reporting_events":
            found = [
                {key: value for key, value in each.items() if key != "of"}
                for each in self.records.get(name, {}).values()
                if each["of"] == number
            ]
            return Answer(found, 200 if self.has_reporting_events else 404)
        found = [
            each
            for each in self.records.get("messages", {}).values()
            if each["conversation_id"] == number and each["id"] > int(query.get("after", "0"))
        ]
        page = found[:_MESSAGES_PAGE] if "after" in query else found[-_LAST_MESSAGES:]
        return Answer({"meta": {}, "payload": page})


def epoch(moment: str) -> int:
    return int(datetime.fromisoformat(moment).astimezone(UTC).timestamp())
