"""From the dashboards' description to what is wanted in Metabase.

The description knows no Metabase: it gives SQL, a kind of tile and the columns to draw. Here they
become displays, field filters, places on the grid, goals, mails and rights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from publishing.metabase.wanted import (
    GRID_COLUMNS,
    Access,
    Alert,
    Card,
    Collection,
    Dashboard,
    Database,
    Filter,
    Group,
    Setting,
    Subscription,
    Tile,
    Wanted,
)

DATABASE = "warehouse"
VIEWERS = "viewers"
TOP, QUESTIONS = "top", "questions"
_TAG = re.compile(r"\{\{\s*(\w+)\s*\}\}")
# Metabase's display, and width and height where the description gives none.
DISPLAYS = {
    "kpi": ("smartscalar", 6, 4),
    "trend": ("line", 12, 7),
    "ranking": ("row", 12, 8),
    "bar": ("bar", 12, 7),
    "table": ("table", 24, 9),
    "funnel": ("funnel", 12, 8),
    "paths": ("sankey", 24, 11),
}
_SLOTS = {
    "funnel": ("funnel.dimension", "funnel.metric"),
    "paths": ("sankey.source", "sankey.target", "sankey.value"),
}


class FilterDescription(Protocol):
    """`slug` is `{{slug}}` in the SQL; `column` is `schema.table.column`; `type` Metabase's."""

    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def column(self) -> str: ...


class TileDescription(Protocol):
    """`columns` are the columns to draw, the dimension first; `section` a key of `sections`.

    `better` is `higher` or `lower`: on which side of `target` all is well.
    """

    @property
    def key(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def sql(self) -> str: ...
    @property
    def columns(self) -> Sequence[str]: ...
    @property
    def target(self) -> float | None: ...
    @property
    def better(self) -> str: ...
    @property
    def section(self) -> str | None: ...
    @property
    def width(self) -> int | None: ...
    @property
    def height(self) -> int | None: ...


class DashboardDescription(Protocol):
    """`sections` are (key, title) of the tabs, or none."""

    @property
    def key(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def sections(self) -> Sequence[tuple[str, str]]: ...
    @property
    def filters(self) -> Sequence[FilterDescription]: ...
    @property
    def tiles(self) -> Sequence[TileDescription]: ...


@dataclass(frozen=True)
class Connection:
    """Where Metabase reads the marts; see `Database` for the secrets."""

    engine: str
    details: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets_digest: str | None = None


def render(
    dashboards: Sequence[DashboardDescription],
    connection: Connection,
    *,
    title: str,
    recipients: tuple[str, ...] = (),
    is_embedded: bool = False,
) -> list[Wanted]:
    """All that is wanted.

    Args:
        dashboards: their description; the first is the one that is mailed.
        connection: to the serving tables.
        title: of the collection that holds everything.
        recipients: e-mail addresses that get the first dashboard weekly, and the alerts.
        is_embedded: whether dashboards may be embedded.
    """
    columns = {f.column for board in dashboards for f in board.filters}
    wanted: list[Wanted] = [
        Database(
            key=DATABASE,
            name=f"{title} (cx)",
            engine=connection.engine,
            details=connection.details,
            description="The published tables of the CX metrics warehouse, read only.",
            columns=tuple(sorted(columns)),
            secrets=connection.secrets,
            secrets_digest=connection.secrets_digest,
        ),
        Group(key=VIEWERS, name=f"{title} viewers"),
        Collection(TOP, title, "Published by cx; cards that you add here are kept."),
        Collection(QUESTIONS, "Questions", "The questions behind the dashboards.", parent=TOP),
        Access("viewers", VIEWERS, (TOP, QUESTIONS), DATABASE),
    ]
    if is_embedded:
        wanted.append(Setting("enable-embedding-static", True))
    for board in dashboards:
        wanted += [_card(board, tile) for tile in board.tiles]
        wanted.append(_dashboard(board, is_embedded=is_embedded))
    if recipients and dashboards:
        wanted += _mails(dashboards, recipients)
    return wanted


def _mails(dashboards: Sequence[DashboardDescription], recipients: tuple[str, ...]) -> list[Wanted]:
    first = dashboards[0]
    weekly = Subscription(
        key=first.key,
        name=f"{first.title}, every Monday (cx)",
        dashboard=first.key,
        recipients=recipients,
        day="mon",
    )
    alerts = [
        Alert(
            key=f"{board.key}/{tile.key}",
            card=f"{board.key}/{tile.key}",
            condition="goal_below" if tile.better == "higher" else "goal_above",
            recipients=recipients,
        )
        for board in dashboards
        for tile in board.tiles
        if tile.kind == "trend" and tile.target is not None
    ]
    return [weekly, *alerts]


def _card(board: DashboardDescription, tile: TileDescription) -> Card:
    return Card(
        key=f"{board.key}/{tile.key}",
        name=tile.title,
        description=tile.description,
        display=DISPLAYS[tile.kind][0],
        sql=tile.sql,
        collection=QUESTIONS,
        database=DATABASE,
        filters=_filters_of(board, tile),
        settings=_settings(tile),
    )


def _filters_of(board: DashboardDescription, tile: TileDescription) -> tuple[Filter, ...]:
    """Those of the dashboard that the SQL names."""
    named = set(_TAG.findall(tile.sql))
    known = {f.slug: f for f in board.filters}
    if strange := sorted(named - set(known)):
        raise ValueError(
            f"tile {board.key}/{tile.key}: its SQL names {', '.join(strange)}, which is no filter "
            f"of this dashboard ({', '.join(sorted(known)) or 'it has none'})"
        )
    return tuple(_filter(known[slug]) for slug in sorted(named))


def _filter(described: FilterDescription) -> Filter:
    return Filter(described.slug, described.name, described.type, described.column)


def _settings(tile: TileDescription) -> dict[str, Any]:
    first, *others = tile.columns
    if tile.kind == "table":
        return {}
    if tile.kind == "kpi":
        return {"scalar.field": others[0], **_compared_with_target(tile)}
    if tile.kind in _SLOTS:
        return dict(zip(_SLOTS[tile.kind], tile.columns, strict=True))
    goal = (
        {}
        if tile.target is None
        else {
            "graph.show_goal": True,
            "graph.goal_value": tile.target,
            "graph.goal_label": "Target",
        }
    )
    return {"graph.dimensions": [first], "graph.metrics": others, **goal}


def _compared_with_target(tile: TileDescription) -> dict[str, Any]:
    """The number stands beside the one before it and, where there is one, its target."""
    before = [{"id": "before", "type": "previousPeriod"}]
    if tile.target is None:
        return {"scalar.comparisons": before}
    target = {"id": "target", "type": "staticNumber", "value": tile.target, "label": "Target"}
    return {"scalar.comparisons": [*before, target]}


def _dashboard(board: DashboardDescription, *, is_embedded: bool) -> Dashboard:
    return Dashboard(
        key=board.key,
        name=board.title,
        description=board.question,
        collection=TOP,
        tiles=tuple(_tiles(board)),
        tabs=tuple(board.sections),
        filters=tuple(_filter(described) for described in board.filters),
        is_embedded=is_embedded,
    )


def _tiles(board: DashboardDescription) -> list[Tile]:
    """The question as a heading, and the tiles in rows from left to right, tab by tab."""
    sections: list[str | None] = [key for key, _ in board.sections] or [None]
    heading = Tile("question", 0, 0, GRID_COLUMNS, 1, text=board.question, tab=sections[0])
    tiles = [heading]
    for section in sections:
        row, column, lowest = (1, 0, 1) if section == sections[0] else (0, 0, 0)
        for tile in (t for t in board.tiles if t.section == section):
            _, usual_width, usual_height = DISPLAYS[tile.kind]
            width = min(tile.width or usual_width, GRID_COLUMNS)
            height = tile.height or usual_height
            if column + width > GRID_COLUMNS:
                row, column = lowest, 0
            tiles.append(
                Tile(
                    key=tile.key,
                    row=row,
                    column=column,
                    width=width,
                    height=height,
                    card=f"{board.key}/{tile.key}",
                    tab=section,
                    filters=tuple(f.slug for f in _filters_of(board, tile)),
                )
            )
            column, lowest = column + width, max(lowest, row + height)
    return tiles
