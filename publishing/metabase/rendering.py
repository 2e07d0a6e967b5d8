"""From boards of questions to what is wanted in Metabase: displays, field filters, places on the
grid, mails and rights. `described.py` makes the boards from the dashboards' description.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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
from publishing.words import Words

DATABASE = "warehouse"
VIEWERS = "viewers"
TOP, QUESTIONS = "top", "questions"
_TAG = re.compile(r"\{\{\s*(\w+)\s*\}\}")
# Of each kind of question: Metabase's display, its usual width, and its height.
DISPLAYS = {
    "kpi": ("smartscalar", 6, 4),
    "trend": ("line", 12, 7),
    "bars": ("row", 12, 8),
    "table": ("table", 24, 9),
    "funnel": ("funnel", 12, 8),
    "paths": ("sankey", 24, 11),
}
_SLOTS = {
    "funnel": ("funnel.dimension", "funnel.metric"),
    "paths": ("sankey.source", "sankey.target", "sankey.value"),
}


@dataclass(frozen=True)
class Question:
    """One answer on a dashboard: SQL, and how Metabase draws its rows.

    `columns` are those to draw, the dimension first (of `trend`, a second one may split the
    lines: `series`); `percent` those that are shares of one; `titles` what readers call them.
    A `{{slug}}` in the SQL is a filter of its board. `width` is of 24 columns; None takes what
    is usual for the kind.
    """

    key: str
    title: str
    description: str
    kind: str
    sql: str
    columns: tuple[str, ...] = ()
    series: str | None = None
    percent: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    section: str | None = None
    width: int | None = None
    is_alert: bool = False


@dataclass(frozen=True)
class Board:
    """A dashboard; `sections` are (key, title) of its tabs, or none."""

    key: str
    title: str
    question: str
    questions: tuple[Question, ...]
    filters: tuple[Filter, ...] = ()
    sections: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Connection:
    """Where Metabase reads the marts; see `Database` for the secrets."""

    engine: str
    details: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets_digest: str | None = None


def render(
    dashboards: Sequence[Board],
    connection: Connection,
    *,
    title: str,
    words: Words,
    recipients: tuple[str, ...] = (),
    is_embedded: bool = False,
) -> list[Wanted]:
    """All that is wanted.

    Args:
        dashboards: the first is the one that is mailed.
        connection: to the serving tables.
        title: of the collection that holds everything.
        words: the language of its readers.
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
        Collection(TOP, title, words.t("bi.about")),
        Collection(QUESTIONS, words.t("bi.questions"), words.t("bi.questions.about"), parent=TOP),
        Access("viewers", VIEWERS, (TOP, QUESTIONS), DATABASE),
    ]
    if is_embedded:
        wanted.append(Setting("enable-embedding-static", True))
    for board in dashboards:
        wanted += [_card(board, asked) for asked in board.questions]
        wanted.append(_dashboard(board, is_embedded=is_embedded))
    if recipients and dashboards:
        wanted += _mails(dashboards, recipients)
    return wanted


def _mails(dashboards: Sequence[Board], recipients: tuple[str, ...]) -> list[Wanted]:
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
            key=f"{board.key}/{asked.key}",
            card=f"{board.key}/{asked.key}",
            condition="has_result",
            recipients=recipients,
        )
        for board in dashboards
        for asked in board.questions
        if asked.is_alert
    ]
    return [weekly, *alerts]


def _card(board: Board, asked: Question) -> Card:
    return Card(
        key=f"{board.key}/{asked.key}",
        name=asked.title,
        description=asked.description,
        display=DISPLAYS[asked.kind][0],
        sql=asked.sql,
        collection=QUESTIONS,
        database=DATABASE,
        filters=_filters_of(board, asked),
        settings=_settings(asked),
    )


def _filters_of(board: Board, asked: Question) -> tuple[Filter, ...]:
    """Those of the dashboard that the SQL names."""
    named = set(_TAG.findall(asked.sql))
    known = {f.slug: f for f in board.filters}
    if strange := sorted(named - set(known)):
        raise ValueError(
            f"question {board.key}/{asked.key}: its SQL names {', '.join(strange)}, which is no "
            f"filter of this dashboard ({', '.join(sorted(known)) or 'it has none'})"
        )
    return tuple(known[slug] for slug in sorted(named))


def _settings(asked: Question) -> dict[str, Any]:
    styles: dict[str, dict[str, Any]] = {
        name: {"column_title": title} for name, title in asked.titles.items()
    }
    for name in asked.percent:
        styles.setdefault(name, {}).update(number_style="percent", decimals=1)
    told = {
        json.dumps(["name", name], separators=(",", ":")): style for name, style in styles.items()
    }
    return _drawn(asked) | ({"column_settings": told} if told else {})


def _drawn(asked: Question) -> dict[str, Any]:
    if asked.kind == "table":
        return {}
    first, *others = asked.columns
    if asked.kind == "kpi":
        # The number stands beside the one before it, and beside the other columns.
        beside = [
            {"id": name, "type": "anotherColumn", "column": name, "label": name}
            for name in others[1:]
        ]
        before = {"id": "before", "type": "previousPeriod"}
        return {"scalar.field": others[0], "scalar.comparisons": [before, *beside]}
    if asked.kind in _SLOTS:
        return dict(zip(_SLOTS[asked.kind], asked.columns, strict=False))
    split = [asked.series] if asked.series else []
    return {"graph.dimensions": [first, *split], "graph.metrics": others}


def _dashboard(board: Board, *, is_embedded: bool) -> Dashboard:
    return Dashboard(
        key=board.key,
        name=board.title,
        description=board.question,
        collection=TOP,
        tiles=tuple(_tiles(board)),
        tabs=board.sections,
        filters=board.filters,
        is_embedded=is_embedded,
    )


def _tiles(board: Board) -> list[Tile]:
    """The question as a heading, and the tiles in rows from left to right, tab by tab."""
    sections: list[str | None] = [key for key, _ in board.sections] or [None]
    heading = Tile("question", 0, 0, GRID_COLUMNS, 1, text=board.question, tab=sections[0])
    tiles = [heading]
    for section in sections:
        row, column, lowest = (1, 0, 1) if section == sections[0] else (0, 0, 0)
        for asked in (q for q in board.questions if q.section == section):
            _, usual_width, height = DISPLAYS[asked.kind]
            width = min(asked.width or usual_width, GRID_COLUMNS)
            if column + width > GRID_COLUMNS:
                row, column = lowest, 0
            tiles.append(
                Tile(
                    key=asked.key,
                    row=row,
                    column=column,
                    width=width,
                    height=height,
                    card=f"{board.key}/{asked.key}",
                    tab=section,
                    filters=tuple(f.slug for f in _filters_of(board, asked)),
                )
            )
            column, lowest = column + width, max(lowest, row + height)
    return tiles
