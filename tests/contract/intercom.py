"""Intercom for tests: searches that know only days, conversations one by one, a scroll."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.contract.vendor_server import Answer, Asked, Vendor

# At most so many records to a page, so that a few records make several.
PAGE = 2
_DAY = 24 * 3600
_SEARCHES = {"conversations": "conversations", "contacts": "data"}


class Intercom(Vendor):
    """`records` by resource and id; a workspace in UTC."""

    descriptions = ("intercom/api.intercom.io.2.14.yaml",)

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, dict[str, dict[str, Any]]] = {}

    def is_known(self, asked: Asked) -> bool:
        """Another version would answer in another shape."""
        return super().is_known(asked) and asked.headers.get("Intercom-Version") == "2.14"

    def contact(self, key: str, *, at: str, **fields: Any) -> None:
        self._put("contacts", key, at, {"type": "contact", "role": "user", **fields})

    def company(self, key: str, *, at: str, **fields: Any) -> None:
        self._put("companies", key, at, {"type": "company", **fields})

    def admin(self, key: str, **fields: Any) -> None:
        admin = {"type": "admin", "id": key, "team_ids": [], **fields}
        self.records.setdefault("admins", {})[key] = admin

    def team(self, key: str, name: str) -> None:
        self.records.setdefault("teams", {})[key] = {"type": "team", "id": key, "name": name}

    def conversation(self, key: str, *, at: str, **fields: Any) -> None:
        """Begins or changes a conversation at a time."""
        self._put("conversations", key, at, {"type": "conversation", **fields})

    def part(self, of: str, key: str, *, at: str, **fields: Any) -> None:
        """Something said or done in a conversation."""
        conversation = self.records["conversations"][of]
        parts = conversation.setdefault("parts", [])
        parts.append(
            {
                "type": "conversation_part",
                "id": key,
                "created_at": epoch(at),
                "updated_at": epoch(at),
                "body": None,
                "assigned_to": None,
                **fields,
            }
        )
        conversation["updated_at"] = epoch(at)

    def merge(self, lead: str, into: str, *, at: str) -> None:
        """The lead's id is gone, and its conversations are the other one's."""
        del self.records["contacts"][lead]
        self.contact(into, at=at)
        for key, conversation in self.records["conversations"].items():
            people = conversation["contacts"]["contacts"]
            if people and people[0]["id"] == lead:
                self.conversation(key, at=at, contacts=people_of(into))

    def _put(self, resource: str, key: str, at: str, fields: dict[str, Any]) -> None:
        held = self.records.setdefault(resource, {})
        before = held.get(key, {"id": key, "created_at": epoch(at)})
        held[key] = {**before, **fields, "updated_at": epoch(at)}

    def respond(self, asked: Asked) -> Answer:
        parts = asked.path.strip("/").split("/")
        if asked.path == "/me":
            return Answer({"type": "admin", "id": "1"})
        if asked.path in ("/admins", "/teams"):
            name = parts[0]
            found = list(self.records.get(name, {}).values())
            return Answer({"type": f"{name.removesuffix('s')}.list", name: found})
        if parts[-1] == "search":
            return self._search(parts[0], asked.body)
        if asked.path == "/companies/scroll":
            return self._scroll(int(asked.query.get("scroll_param", "0")))
        if parts[0] == "conversations":
            return self._whole(parts[1])
        return Answer({"type": "error.list", "errors": []}, 404)

    def _search(self, kind: str, body: dict[str, Any]) -> Answer:
        found = [
            {name: value for name, value in each.items() if name != "parts"}
            for each in self.records.get(kind, {}).values()
            if all(_holds(each, wanted) for wanted in body["query"]["value"])
        ]
        sort = body["sort"]
        found.sort(
            key=lambda each: (each[sort["field"]], each["id"]),
            reverse=sort["order"] == "descending",
        )
        first = int(body["pagination"].get("starting_after", "0"))
        size = min(body["pagination"]["per_page"], PAGE)
        pages: dict[str, Any] = {"type": "pages", "page": first // size + 1, "per_page": size}
        if first + size < len(found):
            pages["next"] = {"per_page": size, "starting_after": str(first + size)}
        name = _SEARCHES[kind]
        kept = found[first : first + size]
        shape = "list" if name == "data" else "conversation.list"
        return Answer({"type": shape, name: kept, "total_count": len(found), "pages": pages})

    def _scroll(self, first: int) -> Answer:
        """The end of the scroll is an empty page, which has a parameter too."""
        page = list(self.records.get("companies", {}).values())[first : first + PAGE]
        return Answer({"type": "list", "data": page, "scroll_param": str(first + PAGE)})

    def _whole(self, key: str) -> Answer:
        """Messages are there only for who asks for the conversation itself."""
        if key not in self.records.get("conversations", {}):
            return Answer({"type": "error.list", "errors": []}, 404)
        conversation = dict(self.records["conversations"][key])
        parts = conversation.pop("parts", [])
        conversation["conversation_parts"] = {
            "type": "conversation_part.list",
            "conversation_parts": parts,
            "total_count": len(parts),
        }
        return Answer(conversation)


def _holds(each: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """A time is compared by its day: after it means from the next midnight on."""
    midnight = int(wanted["value"]) // _DAY * _DAY
    value = each[wanted["field"]]
    return bool(value >= midnight + _DAY if wanted["operator"] == ">" else value < midnight)


def epoch(moment: str) -> int:
    return int(datetime.fromisoformat(moment).astimezone(UTC).timestamp())


def people_of(key: str, *, external_id: str | None = None) -> dict[str, Any]:
    """Whose conversation it is."""
    contact = {"type": "contact", "id": key, "external_id": external_id}
    return {"type": "contact.list", "contacts": [contact]}
