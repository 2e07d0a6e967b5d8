"""What is to stand in Metabase, as values: the renderer makes them, the plan compares them.

Each gives its `fields`: what we keep in step, by name, written as `names.py` says. What stands in
no field is a person's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol
from uuid import NAMESPACE_URL, uuid5

from publishing.metabase.names import Fields, column, mark, marked, ref

GRID_COLUMNS = 24


class Wanted(Protocol):
    """One object; `kind` and `key` together are its identity, for good."""

    kind: ClassVar[str]

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    def fields(self, space: str) -> Fields: ...


@dataclass(frozen=True)
class Setting:
    """A setting of the server; switched on, never off: others may use it too."""

    kind: ClassVar[str] = "setting"
    key: str
    value: Any

    @property
    def name(self) -> str:
        return self.key

    def fields(self, space: str) -> Fields:
        del space
        return {"value": self.value}


@dataclass(frozen=True)
class Database:
    """A connection. `secrets` are sent and never compared, remembered or shown: `secrets_digest`
    tells that they have changed. `columns` are those that filters need, `schema.table.column`.
    """

    kind: ClassVar[str] = "database"
    key: str
    name: str
    engine: str
    details: Mapping[str, Any]
    description: str
    columns: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets_digest: str | None = None

    def fields(self, space: str) -> Fields:
        return {
            "name": self.name,
            "engine": self.engine,
            "description": marked(self.description, mark(space, self.kind, self.key)),
            **{f"details.{name}": value for name, value in self.details.items()},
            **({"secrets": self.secrets_digest} if self.secrets else {}),
        }


@dataclass(frozen=True)
class Group:
    """People who may look; made once, it keeps whatever name people give it."""

    kind: ClassVar[str] = "group"
    key: str
    name: str

    def fields(self, space: str) -> Fields:
        del space
        return {}


@dataclass(frozen=True)
class Collection:
    """A folder of questions and dashboards; `parent` is another's key."""

    kind: ClassVar[str] = "collection"
    key: str
    name: str
    description: str
    parent: str | None = None

    def fields(self, space: str) -> Fields:
        return {
            "name": self.name,
            "description": marked(self.description, mark(space, self.kind, self.key)),
            "parent": ref("collection", self.parent) if self.parent else None,
            "archived": False,
        }


@dataclass(frozen=True)
class Filter:
    """A field filter: `slug` is `{{slug}}` in the SQL, `[[and {{slug}}]]` where it may be empty.

    Metabase writes the condition itself, on `column` (`schema.table.column`) by its full name:
    the SQL must name the table so, without an alias.
    """

    slug: str
    name: str
    type: str  # of Metabase: date/all-options, string/=, ...
    column: str
    default: Any = None

    def tag(self) -> dict[str, Any]:
        return {
            "type": "dimension",
            "display-name": self.name,
            "dimension": column(self.column),
            "widget-type": self.type,
        }

    def parameter(self) -> dict[str, Any]:
        section = "date" if self.type.startswith("date/") else "string"
        given = {} if self.default is None else {"default": self.default}
        named = {"name": self.name, "slug": self.slug, "type": self.type, "sectionId": section}
        return named | given


@dataclass(frozen=True)
class Card:
    """A native question."""

    kind: ClassVar[str] = "card"
    key: str
    name: str
    description: str
    display: str
    sql: str
    collection: str
    database: str
    filters: tuple[Filter, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def fields(self, space: str) -> Fields:
        query = {
            "database": ref("database", self.database),
            "sql": self.sql.strip(),
            "tags": {each.slug: each.tag() for each in self.filters},
        }
        return {
            "name": self.name,
            "description": marked(self.description, mark(space, self.kind, self.key)),
            "display": self.display,
            "query": query,
            "collection": ref("collection", self.collection),
            "archived": False,
            **{f"settings.{name}": value for name, value in self.settings.items()},
        }


def tag_id(space: str, card: str, slug: str) -> str:
    """The id of a card's template tag: a UUID, always the same."""
    return str(uuid5(NAMESPACE_URL, f"{mark(space, 'card', card)}#{slug}"))


@dataclass(frozen=True)
class Tile:
    """A card (or, without one, a heading) on the grid; `filters` are slugs that reach it."""

    key: str
    row: int
    column: int
    width: int
    height: int
    card: str | None = None
    text: str | None = None
    tab: str | None = None
    filters: tuple[str, ...] = ()

    def field(self) -> dict[str, Any]:
        return {
            "card": ref("card", self.card) if self.card else None,
            "text": self.text,
            "tab": self.tab,
            "place": [self.row, self.column, self.width, self.height],
            "filters": sorted(self.filters),
        }


@dataclass(frozen=True)
class Dashboard:
    """Tiles on tabs, under filters; `tabs` are (key, name), or none."""

    kind: ClassVar[str] = "dashboard"
    key: str
    name: str
    description: str
    collection: str
    tiles: tuple[Tile, ...]
    tabs: tuple[tuple[str, str], ...] = ()
    filters: tuple[Filter, ...] = ()
    is_embedded: bool = False

    def fields(self, space: str) -> Fields:
        return {
            "name": self.name,
            "description": marked(self.description, mark(space, self.kind, self.key)),
            "collection": ref("collection", self.collection),
            "archived": False,
            "width": "full",
            # A filter that is not named stays shut to whoever embeds.
            "embedding": sorted(f.slug for f in self.filters) if self.is_embedded else None,
            **{f"parameter.{each.slug}": each.parameter() for each in self.filters},
            **{f"tab.{key}": name for key, name in self.tabs},
            **{f"tile.{tile.key}": tile.field() for tile in self.tiles},
        }


@dataclass(frozen=True)
class Subscription:
    """A dashboard by mail, at `hour` of every `day` (mon, ...), or of each day."""

    kind: ClassVar[str] = "subscription"
    key: str
    name: str
    dashboard: str
    recipients: tuple[str, ...] = field(repr=False)
    hour: int = 8
    day: str | None = None

    def fields(self, space: str) -> Fields:
        del space
        return {
            "name": self.name,
            "dashboard": ref("dashboard", self.dashboard),
            "schedule": ["weekly" if self.day else "daily", self.day, self.hour],
            "recipients": sorted(self.recipients),
            "archived": False,
        }


@dataclass(frozen=True)
class Alert:
    """A mail when a card crosses its goal; `cron` is Quartz's.

    Looked at weekly: months change once a month, and who was told on Monday knows on Tuesday.
    """

    kind: ClassVar[str] = "alert"
    key: str
    card: str
    condition: str  # goal_above, goal_below, has_result
    recipients: tuple[str, ...] = field(repr=False)
    cron: str = "0 0 8 ? * MON *"

    @property
    def name(self) -> str:
        return f"{self.condition} of {self.key}"

    def fields(self, space: str) -> Fields:
        del space
        return {
            "card": ref("card", self.card),
            "condition": self.condition,
            "cron": self.cron,
            "recipients": sorted(self.recipients),
            "active": True,
        }


@dataclass(frozen=True)
class Access:
    """What a group may see: collections to read, a connection whose questions it may run."""

    kind: ClassVar[str] = "access"
    key: str
    group: str
    collections: Sequence[str]
    database: str

    @property
    def name(self) -> str:
        return f"of {self.group}"

    def fields(self, space: str) -> Fields:
        del space
        return {
            "group": ref("group", self.group),
            **{f"collection.{key}": "read" for key in self.collections},
            # Saved questions run; new ones, on any table of the connection, are not for viewers.
            f"database.{self.database}": {"view-data": "unrestricted", "create-queries": "no"},
        }
