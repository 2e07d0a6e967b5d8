"""Collections and questions."""

from __future__ import annotations

from typing import Any

from publishing.metabase import queries
from publishing.metabase.kinds import Body, Kind, merged, part
from publishing.metabase.names import Fields, entity_id, mark
from publishing.metabase.wanted import Card, Collection

_PLAIN = ("name", "description", "archived")


class Collections(Kind[Collection]):
    kind = "collection"

    def read(self, number: int) -> Body | None:
        return self.client.find(f"/api/collection/{number}")

    def candidates(self) -> list[Body]:
        found = self.client.get("/api/collection", exclude__other__user__collections=True)
        return [body for body in found if isinstance(body["id"], int)]

    def by_name(self, wanted: Collection) -> list[Body]:
        place = wanted.fields(self.names.space)["parent"]
        return [body for body in super().by_name(wanted) if self._parent(body) == place]

    def fields(self, body: Body, key: str) -> Fields:
        del key
        return {
            "name": body["name"],
            "description": body.get("description"),
            "parent": self._parent(body),
            "archived": bool(body.get("archived")),
        }

    def create(self, wanted: Collection) -> Body:
        fields = wanted.fields(self.names.space)
        sent = {
            "name": wanted.name,
            "description": fields["description"],
            "parent_id": self.names.resolve(fields["parent"]),
        }
        return dict(self.client.post("/api/collection", sent))

    def update(self, body: Body, wanted: Collection, changes: Fields) -> Body:
        del wanted
        # Left out, `archived` means false: an archived one would come back.
        sent: dict[str, Any] = {"archived": bool(body.get("archived"))}
        sent |= {name: changes[name] for name in _PLAIN if name in changes}
        if "parent" in changes:
            sent["parent_id"] = self.names.resolve(changes["parent"])
        return dict(self.client.put(f"/api/collection/{body['id']}", sent))

    def archive(self, body: Body) -> None:
        self.client.put(f"/api/collection/{body['id']}", {"archived": True})

    def contents(self, number: int) -> list[Body]:
        """What lies in a collection and is not archived."""
        return list(self.client.get(f"/api/collection/{number}/items")["data"])

    def _parent(self, body: Body) -> Any:
        numbers = [part for part in (body.get("location") or "").split("/") if part.isdecimal()]
        number = int(numbers[-1]) if numbers else body.get("parent_id")
        return self.names.symbol("collection", number)


class Cards(Kind[Card]):
    kind = "card"

    def read(self, number: int) -> Body | None:
        return self.client.find(f"/api/card/{number}")

    def candidates(self) -> list[Body]:
        """All of the server, archived ones too: a person may have moved one anywhere."""
        return [*self.client.get("/api/card"), *self.client.get("/api/card", f="archived")]

    def by_mark(self, wanted: Card) -> list[Body]:
        """By `entity_id`, which a copy does not inherit; one that was adopted has its mark only."""
        ours = entity_id(mark(self.names.space, self.kind, wanted.key))
        exact = [body for body in self.listed() if body.get("entity_id") == ours]
        return exact or super().by_mark(wanted)

    def by_name(self, wanted: Card) -> list[Body]:
        place = self.names.number("collection", wanted.collection)
        return [b for b in super().by_name(wanted) if b["collection_id"] == place]

    def fields(self, body: Body, key: str) -> Fields:
        del key
        settings = body["visualization_settings"]
        return {
            "name": body["name"],
            "description": body["description"],
            "display": body["display"],
            "query": queries.as_fields(body["dataset_query"], self.names),
            "collection": self.names.symbol("collection", body["collection_id"]),
            "archived": body["archived"],
            **{f"settings.{name}": value for name, value in settings.items()},
        }

    def create(self, wanted: Card) -> Body:
        fields = wanted.fields(self.names.space)
        sent = {
            "name": wanted.name,
            "description": fields["description"],
            "display": wanted.display,
            "type": "question",
            "dataset_query": queries.to_send(fields["query"], self.names, wanted.key),
            "visualization_settings": dict(wanted.settings),
            "collection_id": self.names.resolve(fields["collection"]),
            "entity_id": entity_id(mark(self.names.space, self.kind, wanted.key)),
        }
        return dict(self.client.post("/api/card", sent))

    def update(self, body: Body, wanted: Card, changes: Fields) -> Body:
        sent: dict[str, Any] = {
            name: changes[name] for name in (*_PLAIN, "display") if name in changes
        }
        if "collection" in changes:
            sent["collection_id"] = self.names.resolve(changes["collection"])
        if "query" in changes:
            sent["dataset_query"] = queries.to_send(changes["query"], self.names, wanted.key)
        if settings := part(changes, "settings"):
            sent["visualization_settings"] = merged(body["visualization_settings"], settings)
        return dict(self.client.put(f"/api/card/{body['id']}", sent))

    def archive(self, body: Body) -> None:
        self.client.put(f"/api/card/{body['id']}", {"archived": True})
