"""Pipedrive for tests: pages by cursor or by start, fields under keys, a feed that shows what is
gone, and leads of which nothing tells."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.contract.vendor_server import TOKEN, Answer, Asked, Vendor

_ITEMS = {"persons": "person", "organizations": "organization", "activities": "activity"}


class Pipedrive(Vendor):
    """`records` by resource and id; `fields` of a kind as it tells them."""

    # At most so many records to a page, so that a few records make several.
    page = 2

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, dict[Any, dict[str, Any]]] = {"users": {}, "leads": {}}
        self.fields: dict[str, list[dict[str, Any]]] = {}

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("x-api-token") == TOKEN

    def put(self, resource: str, key: Any, *, at: str, **fields: Any) -> None:
        """Makes or changes a record at a time."""
        held = self.records.setdefault(resource, {})
        before = held.get(key, {"id": key, "add_time": at, "is_deleted": False})
        held[key] = {**before, **fields, "update_time": at}

    def delete(self, resource: str, key: Any, *, at: str) -> None:
        """A deleted deal keeps the time of its last change; a lead is gone at once."""
        if resource == "leads":
            del self.records["leads"][key]
            return
        was = self.records[resource][key]["update_time"]
        self.put(resource, key, at=was if resource == "deals" else at, is_deleted=True)

    def field(self, kind: str, code: str, name: str, *labels: str, is_custom: bool = True) -> None:
        options = [{"id": number, "label": label} for number, label in enumerate(labels, 1)]
        self.fields.setdefault(kind, []).append({
            "field_code": code, "field_name": name, "is_custom_field": is_custom,
            "options": options or None,
        })  # fmt: skip

    def respond(self, asked: Asked) -> Answer:
        _, version, name = asked.path.removeprefix("/").split("/", 2)
        return self._second(name, asked.query) if version == "v2" else self._first(name, asked)

    def _second(self, name: str, query: dict[str, str]) -> Answer:
        if name.endswith("Fields"):
            found = self.fields.get(name.removesuffix("Fields"), [])
        else:
            resource, _, shown = name.partition("/")
            found = [
                each
                for each in self._of(resource)
                if bool(each.get("is_archived")) == (shown == "archived")
                and each["is_deleted"] == (query.get("status") == "deleted")
                and query.get("updated_since", "") <= each["update_time"]
                and each["update_time"] < query.get("updated_until", "9")
            ]
        first = int(query.get("cursor", "at0").removeprefix("at"))
        size = min(self.page, int(query["limit"]))
        after = f"at{first + size}" if first + size < len(found) else None
        page = found[first : first + size]
        return Answer({"success": True, "data": page, "additional_data": {"next_cursor": after}})

    def _first(self, name: str, asked: Asked) -> Answer:
        if name == "users":
            return Answer({"success": True, "data": self._of("users")})
        if name.startswith("leads/") and name != "leads/archived":
            lead = self.records["leads"].get(name.removeprefix("leads/"))
            return Answer({"success": bool(lead), "data": lead}, 200 if lead else 404)
        if name == "recents":
            found = self._recents(asked.query["since_timestamp"], asked.query["items"].split(","))
        else:
            shown = name == "leads/archived"
            found = [each for each in self._of("leads") if bool(each.get("is_archived")) == shown]
        return _page(found, int(asked.query.get("start", "0")), self.page)

    def _recents(self, since: str, items: list[str]) -> list[dict[str, Any]]:
        """As the first version tells them: fields beside the record's own, times without a zone."""
        changes = []
        for resource, item in _ITEMS.items():
            for each in self._of(resource):
                data = {
                    **{name: value for name, value in each.items() if name != "custom_fields"},
                    **each.get("custom_fields", {}),
                    "active_flag": not each["is_deleted"],
                    "add_time": _without_zone(each["add_time"]),
                    "update_time": _without_zone(each["update_time"]),
                }
                del data["is_deleted"]
                if item in items and data["update_time"] >= since:
                    changes.append({"item": item, "id": each["id"], "data": data})
        return sorted(changes, key=lambda change: change["data"]["update_time"])

    def _of(self, resource: str) -> list[dict[str, Any]]:
        return list(self.records.get(resource, {}).values())


def _page(found: list[dict[str, Any]], start: int, size: int) -> Answer:
    pagination: dict[str, Any] = {
        "start": start,
        "limit": size,
        "more_items_in_collection": start + size < len(found),
    }
    page = found[start : start + size] or None
    return Answer({"success": True, "data": page, "additional_data": {"pagination": pagination}})


def _without_zone(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M:%S}"
