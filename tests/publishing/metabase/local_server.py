"""A Metabase for tests: it keeps what it is sent, and holds both sides to the contract.

`contract.openapi.json` describes the endpoints in our own words. Every request that comes in and
every answer that goes out is validated by it; what does not fit is noted in `violations`, which
the fixture wants empty. `faults` makes the server misbehave, `log` is what it was asked.
"""

import json
import re
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jsonschema import Draft202012Validator

CONTRACT = json.loads((Path(__file__).parent / "contract.openapi.json").read_text())
API_KEY = "mb_a-key-that-nobody-may-see"
USER, PASSWORD = "cx@example.com", "a-password-that-nobody-may-see"
MASK = "**MetabasePass**"
SUPERUSER = 1
ALL_USERS = 1


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


@dataclass
class Fault:
    """Misbehaviour at the next `times` requests of this method and path.

    `status` answers so; `seconds` waits first; `is_lost` carries the request out and then closes
    the line; `is_truncated` sends half of the body; `on_hit` is called when it happens.
    """

    method: str
    path: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = "out of order"
    seconds: float = 0
    is_lost: bool = False
    is_truncated: bool = False
    skip: int = 0
    times: int = 1
    on_hit: Callable[[], None] = lambda: None

    def hits(self, method: str, path: str) -> bool:
        if self.times <= 0 or method != self.method or not re.fullmatch(self.path, path):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@cache
def routes() -> list[tuple[re.Pattern[str], str, dict[str, Any]]]:
    """(path, template, operations), the literal paths before those with parameters."""
    templates = sorted(CONTRACT["paths"], key=lambda path: (path.count("{"), path))
    return [
        (re.compile(re.sub(r"\{[^}]+\}", "([^/]+)", path)), path, CONTRACT["paths"][path])
        for path in templates
    ]


def problems(schema: dict[str, Any], value: Any) -> list[str]:
    errors = _validator(json.dumps(schema)).iter_errors(value)
    return [f"{error.json_path}: {error.message[:300]}" for error in errors]


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "components": CONTRACT["components"]})


def _strange_members(schema: dict[str, Any], body: Any) -> list[str]:
    """Members that the contract does not name: it is open, but we send nothing in vain."""
    if "$ref" in schema:
        schema = CONTRACT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    known = schema.get("properties")
    return sorted(set(body) - set(known)) if known and isinstance(body, dict) else []


class Metabase:
    """The state of one server, and an operation of the contract per method."""

    def __init__(
        self,
        *,
        prefix: str = "",
        version: str = "v0.63.1",
        tags: str = "list",
        tables: dict[str, list[str]] | None = None,
    ) -> None:
        self.prefix = prefix
        self.version = version
        # The form of queries in answers: staged with `list` or `map` tags, or `legacy`.
        self.tags = tags
        self.tables = tables or {}
        # How often the tables are asked for until the sync has ended; None: never.
        self.polls_until_synced: int | None = 1
        self.log: list[tuple[str, str, Any]] = []
        self.violations: list[str] = []
        self.faults: list[Fault] = []
        self.sessions: set[str] = set()
        self.lock = threading.RLock()
        self._last = 100
        self._clock = 0
        self.databases: dict[int, dict[str, Any]] = {}
        self.secrets: dict[int, dict[str, Any]] = {}
        self.polls: dict[int, int] = {}
        self.collections: dict[int, dict[str, Any]] = {}
        self.cards: dict[int, dict[str, Any]] = {}
        self.dashboards: dict[int, dict[str, Any]] = {}
        self.groups: dict[int, str] = {ALL_USERS: "All Users", 2: "Administrators"}
        self.pulses: dict[int, dict[str, Any]] = {}
        self.notifications: dict[int, dict[str, Any]] = {}
        self.settings: dict[str, Any] = {"enable-embedding-static": False}
        self.collection_graph: dict[str, Any] = {"revision": 1, "groups": {"1": {}}}
        self.data_graph: dict[str, Any] = {"revision": 1, "groups": {"1": {}}}

    # ---- what tests ask and do ------------------------------------------------------------

    def writes(self) -> list[tuple[str, str]]:
        """What changed something, a session apart."""
        return [
            (method, path)
            for method, path, _ in self.log
            if method != "GET" and path != "/api/session"
        ]

    def one(self, kind: str, name: str) -> dict[str, Any]:
        """The object of a name that is not archived; there must be one."""
        found = [
            each
            for each in getattr(self, kind).values()
            if each["name"] == name and not each.get("archived")
        ]
        assert len(found) == 1, (kind, name, len(found))
        return found[0]

    def touch(self, thing: dict[str, Any]) -> None:
        thing["updated_at"] = self._now()

    def add_card_to(
        self, dashboard: dict[str, Any], name: str = "A person's own"
    ) -> dict[str, Any]:
        """A person makes a question of his own and puts it on a dashboard."""
        card = self._card(
            {
                "name": name,
                "display": "table",
                "dataset_query": {"type": "query", "database": 1, "query": {"source-table": 5}},
                "visualization_settings": {},
            }
        )
        place = {"row": 40, "col": 0, "size_x": 6, "size_y": 4, "visualization_settings": {}}
        tab = dashboard["tabs"][0]["id"] if dashboard["tabs"] else None
        tile = self._tile(dashboard, {"card_id": card["id"], "dashboard_tab_id": tab, **place})
        dashboard["dashcards"].append(tile)
        self.touch(dashboard)
        return tile

    # ---- the door -------------------------------------------------------------------------

    def handle(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, Any]:
        """One request to one answer; both are held to the contract."""
        parts = urlsplit(target)
        path = parts.path.removeprefix(self.prefix)
        if self.prefix and not parts.path.startswith(f"{self.prefix}/"):
            return 404, "not here"
        sent = json.loads(body) if body else None
        with self.lock:
            self.log.append((method, path, sent))
            for pattern, template, operations in routes():
                found = pattern.fullmatch(path)
                if found and method.lower() in operations:
                    operation = operations[method.lower()]
                    where = f"{method} {template}"
                    query = self._checked_query(where, operation, parse_qs(parts.query))
                    self._check_body(where, operation, sent)
                    status, answer = self._answer(operation, headers, found.groups(), query, sent)
                    self._check_answer(where, operation, status, answer)
                    return status, deepcopy(answer)
            self.violations.append(f"{method} {path}: not in the contract")
            return 404, "API endpoint does not exist."

    def _answer(
        self, operation: dict[str, Any], headers: Any, path: Any, query: Any, sent: Any
    ) -> tuple[int, Any]:
        try:
            if operation.get("security") != [] and not self._is_signed_in(headers):
                raise Refusal(401, "Unauthenticated")
            name = re.sub(r"\W", "_", operation["operationId"])
            arguments = [int(part) if part.isdecimal() else part for part in path]
            if not hasattr(self, name):
                raise Refusal(404, f"{name} is not played by this server")
            answer = getattr(self, name)(*arguments, query=query, sent=sent)
            success = next(code for code in operation["responses"] if code.startswith("2"))
            return (204, None) if answer is None else (int(success), answer)
        except Refusal as refusal:
            return refusal.status, refusal.body

    def _is_signed_in(self, headers: Any) -> bool:
        session = headers.get("X-Metabase-Session")
        return headers.get("x-api-key") == API_KEY or session in self.sessions

    def _checked_query(
        self, where: str, operation: dict[str, Any], query: dict[str, list[str]]
    ) -> dict[str, Any]:
        known = {p["name"]: p["schema"] for p in operation["parameters"] if p["in"] == "query"}
        values: dict[str, Any] = {}
        for name, texts in query.items():
            if name not in known:
                self.violations.append(f"{where}: unknown query parameter {name}")
                continue
            parsed = [json.loads(t) if re.fullmatch(r"true|false|\d+", t) else t for t in texts]
            values[name] = parsed if known[name].get("type") == "array" else parsed[0]
            for problem in problems(known[name], values[name]):
                self.violations.append(f"{where}: query {name}: {problem}")
        return values

    def _check_body(self, where: str, operation: dict[str, Any], sent: Any) -> None:
        if "requestBody" not in operation:
            if sent:
                self.violations.append(f"{where}: takes no body")
            return
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        self.violations += [f"{where}: sent {problem}" for problem in problems(schema, sent)]
        self.violations += [f"{where}: sent {name}" for name in _strange_members(schema, sent)]

    def _check_answer(self, where: str, operation: dict[str, Any], status: int, body: Any) -> None:
        if status >= 400 or body is None:
            return
        schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
        self.violations += [f"{where}: answers {problem}" for problem in problems(schema, body)]

    # ---- server ---------------------------------------------------------------------------

    def get_api_health(self, **_: Any) -> Any:
        return {"status": "ok"}

    def get_api_session_properties(self, **_: Any) -> Any:
        return {"version": {"tag": self.version}, "has-user-setup": True, "token-features": {}}

    def post_api_session(self, sent: Any, **_: Any) -> Any:
        if (sent["username"], sent["password"]) != (USER, PASSWORD):
            raise Refusal(401, {"errors": {"password": f"did not match, {sent['username']}"}})
        session = f"session-{len(self.sessions)}"
        self.sessions.add(session)
        return {"id": session}

    def delete_api_session(self, **_: Any) -> None:
        self.sessions.clear()

    def get_api_user_current(self, **_: Any) -> Any:
        return {"id": SUPERUSER, "email": USER, "is_superuser": True, "common_name": "cx"}

    def get_api_setting_key(self, key: str, **_: Any) -> Any:
        return self.settings.get(key)

    def put_api_setting_key(self, key: str, sent: Any, **_: Any) -> None:
        self.settings[key] = sent["value"]

    def get_api_permissions_group(self, **_: Any) -> Any:
        return [{"id": n, "name": name, "member_count": 0} for n, name in self.groups.items()]

    def post_api_permissions_group(self, sent: Any, **_: Any) -> Any:
        if sent["name"] in self.groups.values():
            raise Refusal(400, {"errors": {"name": "A group with that name already exists."}})
        number = self._number()
        self.groups[number] = sent["name"]
        return {"id": number, "name": sent["name"]}

    def get_api_collection_graph(self, **_: Any) -> Any:
        return self.collection_graph

    def put_api_collection_graph(self, sent: Any, **_: Any) -> Any:
        return self._write_graph(self.collection_graph, sent)

    def get_api_permissions_graph(self, **_: Any) -> Any:
        return self.data_graph

    def put_api_permissions_graph(self, sent: Any, **_: Any) -> Any:
        return self._write_graph(self.data_graph, sent)

    def _write_graph(self, graph: dict[str, Any], sent: Any) -> Any:
        if sent["revision"] != graph["revision"]:
            raise Refusal(409, "Looks like someone else edited the permissions")
        for group, lines in sent["groups"].items():
            graph["groups"].setdefault(group, {}).update(lines)
        graph["revision"] += 1
        return graph

    # ---- databases ------------------------------------------------------------------------

    def get_api_database(self, **_: Any) -> Any:
        return {"data": list(self.databases.values()), "total": len(self.databases)}

    def post_api_database(self, sent: Any, **_: Any) -> Any:
        number = self._number()
        self.databases[number] = {
            "id": number,
            "name": sent["name"],
            "engine": sent["engine"],
            "description": None,
            "initial_sync_status": "incomplete",
            "updated_at": self._now(),
        }
        self._set_details(number, sent["details"])
        self.polls[number] = 0
        return self.databases[number]

    def _set_details(self, number: int, details: dict[str, Any]) -> None:
        before = self.secrets.setdefault(number, {})
        secret = {n: v for n, v in details.items() if n == "password"}
        before |= {name: value for name, value in secret.items() if value != MASK}
        self.databases[number]["details"] = {**details, **dict.fromkeys(secret, MASK)}

    def get_api_database_id(self, number: int, **_: Any) -> Any:
        return self._of(self.databases, number)

    def put_api_database_id(self, number: int, sent: Any, **_: Any) -> Any:
        database = self._of(self.databases, number)
        database |= {n: v for n, v in sent.items() if n != "details" and v is not None}
        if sent.get("details"):
            self._set_details(number, sent["details"])
        self.touch(database)
        return database

    def post_api_database_id_sync_schema(self, number: int, **_: Any) -> Any:
        self._of(self.databases, number)
        return {"status": "ok"}

    def get_api_database_id_metadata(self, number: int, **_: Any) -> Any:
        database = self._of(self.databases, number)
        self.polls[number] = self.polls.get(number, 0) + 1
        return {**database, "tables": self._tables(number)}

    def get_api_database_id_schemas(self, number: int, **_: Any) -> Any:
        return sorted({table["schema"] for table in self._tables(number)})

    def get_api_database_id_schema_schema(self, number: int, schema: str, **_: Any) -> Any:
        return [table for table in self._tables(number) if table["schema"] == schema]

    def _tables(self, number: int) -> list[dict[str, Any]]:
        needed = self.polls_until_synced
        is_synced = needed is not None and self.polls[number] > needed
        tables = []
        for place, (qualified, columns) in enumerate(sorted(self.tables.items()), 1):
            schema, name = qualified.split(".")
            table = {
                "id": number * 100 + place,
                "db_id": number,
                "schema": schema,
                "name": name,
                "display_name": name,
                "description": None,
                "entity_type": None,
                "initial_sync_status": "complete" if is_synced else "incomplete",
            }
            # A sync in progress knows some columns only.
            shown = columns if is_synced else columns[:1]
            table["fields"] = [
                {
                    "id": table["id"] * 100 + position,
                    "name": column,
                    "table_id": table["id"],
                    "display_name": column,
                    "description": None,
                    "base_type": "type/Text",
                    "semantic_type": None,
                    "fk_target_field_id": None,
                }
                for position, column in enumerate(shown)
            ]
            tables.append(table)
        return tables

    # ---- collections ----------------------------------------------------------------------

    def get_api_collection(self, query: Any, **_: Any) -> Any:
        archived = query.get("archived", False)
        root = {"id": "root", "name": "Our analytics"}
        return [root, *(c for c in self.collections.values() if c["archived"] == archived)]

    def get_api_collection_tree(self, **_: Any) -> Any:
        def below(location: str) -> list[dict[str, Any]]:
            return [
                {
                    "id": c["id"],
                    "name": c["name"],
                    "location": location,
                    "children": below(f"{location}{c['id']}/"),
                }
                for c in self.collections.values()
                if c["location"] == location and not c["archived"]
            ]

        return below("/")

    def post_api_collection(self, sent: Any, **_: Any) -> Any:
        number = self._number()
        self.collections[number] = {
            "id": number,
            "name": sent["name"],
            "description": sent.get("description"),
            "entity_id": self._entity_id(number),
            "archived": False,
            "location": self._location(sent.get("parent_id")),
        }
        for lines in self.collection_graph["groups"].values():
            parent = str(sent.get("parent_id") or "root")
            lines[str(number)] = lines.get(parent, "none")
        return self.collections[number]

    def get_api_collection_id(self, number: int, **_: Any) -> Any:
        return self._of(self.collections, number)

    def put_api_collection_id(self, number: int, sent: Any, **_: Any) -> Any:
        collection = self._of(self.collections, number)
        collection |= {n: sent[n] for n in ("name", "description") if n in sent}
        collection["archived"] = bool(sent.get("archived", False))
        if "parent_id" in sent:
            collection["location"] = self._location(sent["parent_id"])
        return collection

    def get_api_collection_id_items(self, number: int, query: Any, **_: Any) -> Any:
        self._of(self.collections, number)
        return self._items(number, query)

    def get_api_collection_root_items(self, query: Any, **_: Any) -> Any:
        return self._items(None, query)

    def _items(self, number: int | None, query: Any) -> Any:
        location = self._location(number)
        found = [("card", c) for c in self.cards.values() if c["collection_id"] == number]
        found += [
            ("dashboard", d) for d in self.dashboards.values() if d["collection_id"] == number
        ]
        found += [("collection", c) for c in self.collections.values() if c["location"] == location]
        wanted = query.get("models")
        data = [
            {
                "id": each["id"],
                "model": model,
                "name": each["name"],
                "description": each["description"],
                "entity_id": each["entity_id"],
                "collection_id": number,
                "archived": False,
            }
            for model, each in found
            if (not wanted or model in wanted) and each["archived"] == query.get("archived", False)
        ]
        limit, offset = query.get("limit"), query.get("offset")
        page = data[offset or 0 :][:limit]
        return {"data": page, "total": len(data), "limit": limit, "offset": offset}

    def _location(self, parent: int | None) -> str:
        return f"{self.collections[parent]['location']}{parent}/" if parent else "/"

    # ---- cards ----------------------------------------------------------------------------

    def get_api_card(self, query: Any, **_: Any) -> Any:
        archived = query.get("f") == "archived"
        return [self._told(c) for c in self.cards.values() if c["archived"] == archived]

    def post_api_card(self, sent: Any, **_: Any) -> Any:
        given = sent.get("entity_id")
        if given and given in {card["entity_id"] for card in self.cards.values()}:
            raise Refusal(400, {"errors": {"entity_id": "is taken"}})
        return self._told(self._card(sent))

    def _card(self, sent: Any) -> dict[str, Any]:
        number = self._number()
        self.cards[number] = {
            "id": number,
            "entity_id": sent.get("entity_id") or self._entity_id(number),
            "name": sent["name"],
            "description": sent.get("description"),
            "display": sent["display"],
            "type": sent.get("type") or "question",
            "dataset_query": sent["dataset_query"],
            # A server fills in what it thinks is meant: no edit of a person.
            "visualization_settings": {"table.pivot": False, **sent["visualization_settings"]},
            "collection_id": sent.get("collection_id"),
            "database_id": sent["dataset_query"]["database"],
            "table_id": None,
            "query_type": sent["dataset_query"]["type"],
            "archived": False,
            "creator_id": SUPERUSER,
            "created_at": self._now(),
            "updated_at": self._now(),
        }
        return self.cards[number]

    def get_api_card_id(self, number: int, **_: Any) -> Any:
        return self._told(self._of(self.cards, number))

    def put_api_card_id(self, number: int, sent: Any, **_: Any) -> Any:
        card = self._of(self.cards, number)
        card |= sent
        self.touch(card)
        return self._told(card)

    def _told(self, card: dict[str, Any]) -> dict[str, Any]:
        """As versions from 57 on answer: the query in stages."""
        query = card["dataset_query"]
        if self.tags == "legacy" or query["type"] != "native":
            return card
        native = query["native"]
        tags = {
            name: {**tag, "dimension": ["field", {"lib/uuid": "0-0"}, tag["dimension"][1]]}
            for name, tag in native.get("template-tags", {}).items()
        }
        stage = {
            "lib/type": "mbql.stage/native",
            "native": native["query"],
            "template-tags": list(tags.values()) if self.tags == "list" else tags,
        }
        staged = {"lib/type": "mbql/query", "database": query["database"], "stages": [stage]}
        return {**card, "dataset_query": staged}

    # ---- dashboards -----------------------------------------------------------------------

    def get_api_dashboard(self, **_: Any) -> Any:
        return [d for d in self.dashboards.values() if not d["archived"]]

    def post_api_dashboard(self, sent: Any, **_: Any) -> Any:
        number = self._number()
        self.dashboards[number] = {
            "id": number,
            "entity_id": self._entity_id(number),
            "name": sent["name"],
            "description": sent.get("description"),
            "collection_id": sent.get("collection_id"),
            "archived": False,
            "parameters": sent.get("parameters") or [],
            "dashcards": [],
            "tabs": [],
            "width": "fixed",
            "auto_apply_filters": True,
            "enable_embedding": False,
            "embedding_params": None,
            "public_uuid": None,
            "cache_ttl": None,
            "creator_id": SUPERUSER,
            "created_at": self._now(),
            "updated_at": self._now(),
        }
        return {n: v for n, v in self.dashboards[number].items() if n not in ("dashcards", "tabs")}

    def get_api_dashboard_id(self, number: int, **_: Any) -> Any:
        return self._with_cards(self._of(self.dashboards, number))

    def put_api_dashboard_id(self, number: int, sent: Any, **_: Any) -> Any:
        dashboard = self._of(self.dashboards, number)
        dashboard |= {n: v for n, v in sent.items() if n not in ("dashcards", "tabs")}
        numbers: dict[int, int] = {}
        if "tabs" in sent:
            dashboard["tabs"] = [self._tab(dashboard, tab, numbers) for tab in sent["tabs"]]
        if "dashcards" in sent:
            dashboard["dashcards"] = [
                self._tile(
                    dashboard,
                    {
                        **tile,
                        "dashboard_tab_id": numbers.get(
                            tile.get("dashboard_tab_id"), tile.get("dashboard_tab_id")
                        ),
                    },
                )
                for tile in sent["dashcards"]
            ]
        tabs = {tab["id"] for tab in dashboard["tabs"]} or {None}
        dashboard["dashcards"] = [
            t for t in dashboard["dashcards"] if t["dashboard_tab_id"] in tabs
        ]
        self.touch(dashboard)
        return self._with_cards(dashboard)

    def _tab(self, dashboard: Any, tab: Any, numbers: dict[int, int]) -> dict[str, Any]:
        if tab["id"] > 0 and tab["id"] not in {t["id"] for t in dashboard["tabs"]}:
            raise Refusal(400, {"errors": {"tabs": "not of this dashboard"}})
        numbers[tab["id"]] = tab["id"] if tab["id"] > 0 else self._number()
        return {"id": numbers[tab["id"]], "dashboard_id": dashboard["id"], "name": tab["name"]}

    def _tile(self, dashboard: Any, tile: Any) -> dict[str, Any]:
        there = {t["id"]: t for t in dashboard["dashcards"]}
        if tile.get("id", -1) > 0 and tile["id"] not in there:
            raise Refusal(400, {"errors": {"dashcards": "not of this dashboard"}})
        if tile["card_id"] is not None and tile["card_id"] not in self.cards:
            raise Refusal(404, "Not found.")
        number = tile["id"] if tile.get("id", -1) > 0 else self._number()
        empty = {"parameter_mappings": [], "inline_parameters": None}
        whole = {**empty, **there.get(number, {}), **tile, "id": number}
        return {**whole, "dashboard_id": dashboard["id"], "entity_id": self._entity_id(number)}

    def _with_cards(self, dashboard: dict[str, Any]) -> dict[str, Any]:
        tiles = [
            {**t, "card": self._told(self.cards[t["card_id"]]) if t["card_id"] else None}
            for t in dashboard["dashcards"]
        ]
        return {**dashboard, "dashcards": tiles}

    # ---- mail -----------------------------------------------------------------------------

    def get_api_pulse(self, query: Any, **_: Any) -> Any:
        archived, board = query.get("archived", False), query.get("dashboard_id")
        return [
            pulse
            for pulse in self.pulses.values()
            if pulse["archived"] == archived and board in (None, pulse["dashboard_id"])
        ]

    def post_api_pulse(self, sent: Any, **_: Any) -> Any:
        number = self._number()
        self.pulses[number] = {
            "id": number,
            "name": sent["name"],
            "creator_id": SUPERUSER,
            "dashboard_id": sent.get("dashboard_id"),
            "collection_id": None,
            "archived": False,
            "skip_if_empty": sent.get("skip_if_empty", False),
            "parameters": [],
            "cards": [{**c, "name": self.cards[c["id"]]["name"]} for c in sent["cards"]],
            "channels": [self._channel(channel) for channel in sent["channels"]],
        }
        return self.pulses[number]

    def _channel(self, sent: Any) -> dict[str, Any]:
        return {"id": self._number(), "schedule_frame": None, "channel_id": None, **sent}

    def get_api_pulse_id(self, number: int, **_: Any) -> Any:
        return self._of(self.pulses, number)

    def put_api_pulse_id(self, number: int, sent: Any, **_: Any) -> Any:
        pulse = self._of(self.pulses, number)
        pulse |= {"skip_if_empty": False, "archived": False}
        pulse |= {name: value for name, value in sent.items() if name != "channels"}
        if "channels" in sent:
            pulse["channels"] = [self._channel(channel) for channel in sent["channels"]]
        return pulse

    def get_api_notification(self, query: Any, **_: Any) -> Any:
        return [
            n
            for n in self.notifications.values()
            if (n["active"] or query.get("include_inactive"))
            and query.get("card_id") in (None, n["payload"]["card_id"])
        ]

    def post_api_notification(self, sent: Any, **_: Any) -> Any:
        number = self._number()
        self.notifications[number] = {"creator_id": SUPERUSER, "active": True, **sent}
        return self._write_notification(number, sent)

    def get_api_notification_id(self, number: int, **_: Any) -> Any:
        return self._of(self.notifications, number)

    def put_api_notification_id(self, number: int, sent: Any, **_: Any) -> Any:
        self._of(self.notifications, number)
        return self._write_notification(number, sent)

    def _write_notification(self, number: int, sent: Any) -> Any:
        payload = {"id": number + 1000, "send_once": False, **sent["payload"]}
        self.notifications[number] |= {**sent, "id": number, "payload_id": payload["id"]}
        self.notifications[number] |= {"payload": payload, "updated_at": self._now()}
        return self.notifications[number]

    # ---- parts ----------------------------------------------------------------------------

    def _number(self) -> int:
        self._last += 1
        return self._last

    def _now(self) -> str:
        self._clock += 1
        return f"2026-01-01T00:00:00.{self._clock:06}Z"

    def _entity_id(self, number: int) -> str:
        return urlsafe_b64encode(sha256(str(number).encode()).digest()).decode()[:21]

    def _of(self, things: dict[int, dict[str, Any]], number: int) -> dict[str, Any]:
        if number not in things:
            raise Refusal(404, "Not found.")
        return things[number]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes: 40 ms apart otherwise
    metabase: Metabase

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path.removeprefix(self.metabase.prefix)
        with self.metabase.lock:
            fault = next((f for f in self.metabase.faults if f.hits(self.command, path)), None)
        if fault is None:
            self._send(*self.metabase.handle(self.command, self.path, self.headers, body))
            return
        if fault.status is not None:
            with self.metabase.lock:
                self.metabase.log.append((self.command, path, None))
            fault.on_hit()
            self._send(fault.status, fault.body, fault.headers)
            return
        status, answer = self.metabase.handle(self.command, self.path, self.headers, body)
        fault.on_hit()
        time.sleep(fault.seconds)
        if fault.is_lost:
            self.close_connection = True
        else:
            self._send(status, answer, half=fault.is_truncated)

    do_GET = do_POST = do_PUT = do_DELETE = _do

    def _send(
        self, status: int, body: Any, headers: dict[str, str] | None = None, *, half: bool = False
    ) -> None:
        is_text = isinstance(body, str)
        content = b"" if body is None else (body if is_text else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/plain" if is_text else "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if half else content)
        if half:
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        """The tests read `log`."""


def served(metabase: Metabase) -> Iterator[str]:
    """Serve on a free port until the generator is closed; yields the base address."""
    handler = type("Handler", (_Handler,), {"metabase": metabase})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{metabase.prefix}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
