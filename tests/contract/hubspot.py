"""HubSpot for tests: objects with the properties asked for, search, lists, associations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.contract.vendor_server import Answer, Asked, Vendor

# HubSpot refuses to page further.
WINDOW = 10_000
_LARGEST_PAGE = 200


class HubSpot(Vendor):
    descriptions = tuple(
        f"hubspot/{name}.v3.json"
        for name in ("contacts", "companies", "deals", "tickets", "owners", "feedbackSubmissions")
    )

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, dict[str, dict[str, Any]]] = {}
        self.contacts_of: dict[str, dict[str, list[str]]] = {}
        self.owners: list[dict[str, Any]] = []
        self.pipelines: list[dict[str, Any]] = []

    def put(self, kind: str, key: str, *, at: str, **properties: Any) -> None:
        """Makes or changes an object at a time; a property without a value is not there."""
        before = self.objects.setdefault(kind, {}).get(key, {"createdAt": at, "properties": {}})
        given = {name: value for name, value in properties.items() if value is not None}
        changed = "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"
        created = before["createdAt"]
        self.objects[kind][key] = {
            "id": key,
            "createdAt": created,
            "updatedAt": at,
            "archived": False,
            "properties": {
                **before["properties"],
                **given,
                "createdate": given.get("createdate", created),
                changed: at,
                "hs_object_id": key,
            },
        }

    def archive(self, kind: str, key: str, *, at: str) -> None:
        self.objects[kind][key] |= {"archived": True, "archivedAt": at, "updatedAt": at}

    def merge(self, winner: str, loser: str, *, at: str) -> None:
        """Two contacts become one: the loser's id is gone, and the winner names it."""
        gone = self.objects["contacts"].pop(loser)
        kept = self.objects["contacts"][winner]["properties"]
        merged = [*filter(None, kept.get("hs_merged_object_ids", "").split(";")), gone["id"]]
        self.put("contacts", winner, at=at, hs_merged_object_ids=";".join(merged))

    def respond(self, asked: Asked) -> Answer:
        parts = asked.path.strip("/").split("/")
        if parts[:3] == ["crm", "v3", "objects"] and parts[-1] == "search":
            return self._search(parts[3], asked.body)
        if parts[:3] == ["crm", "v3", "objects"]:
            return self._list(parts[3], asked.query)
        if parts[:3] == ["crm", "v3", "owners"]:
            wanted = asked.query.get("archived", "false") == "true"
            return Answer({"results": [o for o in self.owners if o["archived"] == wanted]})
        if asked.path.endswith("pipelines/tickets"):
            return Answer({"results": self.pipelines})
        if parts[:3] == ["crm", "v4", "associations"]:
            return self._associations(parts[3], asked.body)
        return Answer({"message": "not here"}, 404)

    def _search(self, kind: str, body: dict[str, Any]) -> Answer:
        if body["limit"] > _LARGEST_PAGE:
            return Answer({"message": "limit"}, 400)
        found = [
            each
            for each in self.objects.get(kind, {}).values()
            if not each["archived"]
            and all(_holds(each, f) for f in body["filterGroups"][0]["filters"])
        ]
        key = body["sorts"][0]
        found.sort(key=lambda each: int(each["properties"][key]))
        first = int(body["after"])
        page = found[first : first + body["limit"]]
        if first + len(page) > WINDOW:
            return Answer({"message": "beyond the window of results"}, 400)
        answer: dict[str, Any] = {
            "total": len(found),
            "results": [_shown(each, body["properties"]) for each in page],
        }
        if first + len(page) < len(found):
            answer["paging"] = {"next": {"after": str(first + len(page))}}
        return Answer(answer)

    def _list(self, kind: str, query: dict[str, str]) -> Answer:
        wanted = query.get("archived", "false") == "true"
        found = [each for each in self.objects.get(kind, {}).values() if each["archived"] == wanted]
        first, size = int(query.get("after", "0")), int(query.get("limit", "10"))
        asked = query.get("properties", "").split(",")
        page = [_shown(each, asked) for each in found[first : first + size]]
        answer: dict[str, Any] = {"results": page}
        if first + size < len(found):
            answer["paging"] = {"next": {"after": str(first + size)}}
        return Answer(answer)

    def _associations(self, kind: str, body: dict[str, Any]) -> Answer:
        known = self.contacts_of.get(kind, {})
        results = [
            {
                "from": {"id": each["id"]},
                "to": [{"toObjectId": int(key)} for key in known[each["id"]]],
            }
            for each in body["inputs"]
            if each["id"] in known
        ]
        return Answer({"status": "COMPLETE", "results": results})


def _holds(each: dict[str, Any], wanted: dict[str, Any]) -> bool:
    text = each["properties"].get(wanted["propertyName"])
    if text is None:
        return False
    value = int(text) if text.isdecimal() else _milliseconds(text)
    bound = int(wanted["value"])
    return {"GTE": value >= bound, "GT": value > bound, "LT": value < bound}[wanted["operator"]]


def _milliseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)


def _shown(each: dict[str, Any], properties: list[str]) -> dict[str, Any]:
    """Only the properties that were asked for; a list shows the few that it always shows."""
    asked = set(properties) | {"hs_object_id", "createdate"}
    shown = {name: value for name, value in each["properties"].items() if name in asked}
    return {**each, "properties": shown}
