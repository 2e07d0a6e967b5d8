"""The kinds that belong to the server: settings, connections, groups, permissions."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from publishing.metabase.client import MetabaseError
from publishing.metabase.kinds import Body, Kind, Standing, merged, part
from publishing.metabase.names import Fields, Unresolved
from publishing.metabase.wanted import Access, Database, Group, Setting

_PAUSE_SECONDS = 1.0


class Settings(Standing[Setting]):
    kind = "setting"

    def standing(self, wanted: Setting) -> Body:
        return {"id": 0, "value": self.client.get(f"/api/setting/{wanted.key}")}

    def fields(self, body: Body, key: str) -> Fields:
        del key
        return {"value": body["value"]}

    def create(self, wanted: Setting) -> Body:
        return self.update({"id": 0}, wanted, wanted.fields(self.names.space))

    def update(self, body: Body, wanted: Setting, changes: Fields) -> Body:
        self.client.put(f"/api/setting/{wanted.key}", {"value": changes["value"]})
        return {**body, "value": changes["value"]}


class Databases(Kind[Database]):
    kind = "database"
    is_unique_by_name = True
    is_made_in_two = True
    can_be_archived = False
    unreadable = frozenset({"secrets"})

    def read(self, number: int) -> Body | None:
        return self.client.find(f"/api/database/{number}")

    def candidates(self) -> list[Body]:
        return list(self.client.get("/api/database")["data"])

    def fields(self, body: Body, key: str) -> Fields:
        del key
        details = body.get("details") or {}
        return {
            "name": body["name"],
            "engine": body["engine"],
            "description": body.get("description"),
            # A secret comes back masked; it is in no wanted field, and so never compared.
            **{f"details.{name}": value for name, value in details.items()},
        }

    def create(self, wanted: Database) -> Body:
        details = {**wanted.details, **wanted.secrets}
        body = {"name": wanted.name, "engine": wanted.engine, "details": details}
        try:
            return dict(self.client.post("/api/database", body))
        except MetabaseError as error:
            if error.status != 400:
                raise
            raise MetabaseError(
                f"{error}: Metabase tries a connection before it keeps it; check that "
                "CX_METABASE_DATABASE is right as seen from Metabase, and for a DuckDB file that "
                "its DuckDB driver is installed and can read the file",
                status=400,
            ) from error

    def update(self, body: Body, wanted: Database, changes: Fields) -> Body:
        sent: dict[str, Any] = {
            name: changes[name] for name in ("name", "engine", "description") if name in changes
        }
        details = part(changes, "details")
        if details or "secrets" in changes:
            found = body.get("details") or {}
            # The mask of a secret that is not ours tells the server to keep what it has.
            sent["details"] = {**merged(found, details), **wanted.secrets}
        return dict(self.client.put(f"/api/database/{body['id']}", sent))

    def await_columns(self, wanted: Database, *, seconds: float) -> bool:
        """Wait until the server knows the columns that filters stand on; says whether it wrote.

        Raises:
            MetabaseError: it does not within that time, or has finished without them.
        """
        number = self.names.number(self.kind, wanted.key)
        if not self._missing(number, wanted):
            return False
        self.client.post(f"/api/database/{number}/sync_schema")
        deadline = time.monotonic() + seconds
        while missing := self._missing(number, wanted):
            if time.monotonic() >= deadline:
                raise MetabaseError(
                    f"Metabase has not found {', '.join(missing)} in {wanted.name!r} within "
                    f"{seconds:.0f} s; see its log (Admin, Tools, Logs) for why the sync of this "
                    "database does not end, then run it again"
                )
            self.client.sleep(min(_PAUSE_SECONDS, seconds))
        return True

    def learn_columns(self, number: int) -> None:
        self.names.learn_columns(self._tables(number))

    def _missing(self, number: int, wanted: Database) -> list[str]:
        """Columns whose table is not there or not read to its end."""
        tables = [t for t in self._tables(number) if t.get("initial_sync_status") == "complete"]
        self.names.learn_columns(tables)
        return self.names.missing(wanted.columns)

    def _tables(self, number: int) -> list[Mapping[str, Any]]:
        metadata = self.client.get(
            f"/api/database/{number}/metadata", include_hidden=True, remove_inactive=True
        )
        return list(metadata["tables"])


class Groups(Kind[Group]):
    kind = "group"
    bears_mark = False
    is_unique_by_name = True
    can_be_archived = False

    def read(self, number: int) -> Body | None:
        found = [group for group in self.listed() if group["id"] == number]
        return found[0] if found else None

    def candidates(self) -> list[Body]:
        return list(self.client.get("/api/permissions/group"))

    def fields(self, body: Body, key: str) -> Fields:
        del body, key
        return {}

    def create(self, wanted: Group) -> Body:
        return dict(self.client.post("/api/permissions/group", {"name": wanted.name}))

    def update(self, body: Body, wanted: Group, changes: Fields) -> Body:
        raise NotImplementedError(f"{wanted.kind} has no fields ({changes}) of {body['name']}")


class Accesses(Standing[Access]):
    kind = "access"

    def standing(self, wanted: Access) -> Body:
        return {
            "id": 0,
            "group": self.names.number("group", wanted.group),
            "collections": self.client.get("/api/collection/graph"),
            "databases": self.client.get("/api/permissions/graph"),
        }

    def fields(self, body: Body, key: str) -> Fields:
        del key
        group = str(body["group"])
        collections = body["collections"]["groups"].get(group, {})
        databases = body["databases"]["groups"].get(group, {})
        return {
            "group": self.names.symbol("group", body["group"]),
            **{
                f"collection.{key}": collections.get(str(number), "none")
                for key, number in self.names.recalled("collection").items()
            },
            **{
                f"database.{key}": _data_access(databases.get(str(number), {}))
                for key, number in self.names.recalled("database").items()
            },
        }

    def create(self, wanted: Access) -> Body:
        body = self.standing(wanted)
        found, fields = self.fields(body, wanted.key), wanted.fields(self.names.space)
        changes = {name: value for name, value in fields.items() if found.get(name) != value}
        return self.update(body, wanted, changes) if changes else body

    def update(self, body: Body, wanted: Access, changes: Fields) -> Body:
        """Only our group's own lines, with the revision that they were read at."""
        group = str(body["group"])
        for path, kind, graph, none in (
            ("/api/collection/graph", "collection", body["collections"], "none"),
            ("/api/permissions/graph", "database", body["databases"], {"create-queries": "no"}),
        ):
            numbers, changed = self.names.recalled(kind), part(changes, kind)
            if strange := sorted(set(changed) - set(numbers)):
                raise Unresolved(f"{kind}:{strange[0]}")
            lines = {
                str(numbers[key]): none if value is None else value
                for key, value in changed.items()
            }
            if lines:
                sent = {"revision": graph["revision"], "groups": {group: lines}}
                self.client.put(path, sent)
        return self.standing(wanted)


def _data_access(found: Mapping[str, Any]) -> dict[str, Any]:
    """The two rights that we set; the graph leaves out what is refused."""
    return {
        "view-data": found.get("view-data", "blocked"),
        "create-queries": found.get("create-queries", "no"),
    }
