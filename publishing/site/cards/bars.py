"""Magnitudes or differences as bars from zero, each with its interval, in a real table.

The first column names the bar, the first with `bar` is drawn; the others stand beside them.
`options.better` (higher or lower) says that it is a difference: where its interval leaves out
zero, it is more than chance and takes its verdict's colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from publishing.dashboards import Column, Tile
from publishing.dashboards.queries import without_filters
from publishing.site import pictures
from publishing.site.card import Card, Edition, Headline, described, nothing
from publishing.site.cards.table import cell_of, finding_of, is_at_end, label_of
from publishing.site.pictures import Point
from publishing.words import Words

# Longer lists are cut; who wants all rows takes them away as a file.
LONGEST = 12
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Bar:
    """A row: its name, its value in words with what stands under it, its bar, its other cells."""

    name: str
    value: str
    under: str
    picture: Markup
    others: tuple[str, ...]


def card(tile: Tile, edition: Edition) -> Card:
    words = edition.words
    table = edition.facts.table(without_filters(str(tile.rows)))
    records = table.records()
    measured = next(column for column in tile.columns if column.bar)
    if all(record[measured.name] is None for record in records):
        return nothing(tile, words)
    title = finding_of(tile, records, words)
    shown = records[:LONGEST]
    name, *others = [c for c in tile.columns if not c.hidden and c is not measured]
    better = tile.options.get("better")
    return Card(
        **described(tile, words) | ({"title": title} if title else {}),
        context={
            "labels": [
                (label_of(column, words), is_at_end(column)) for column in (name, measured, *others)
            ],
            "rows": [
                _bar(record, name, measured, others, shown, words, better=better)
                for record in shown
            ],
            "more": words.counted("table.more", len(records) - LONGEST)
            if len(records) > LONGEST
            else "",
        },
        table=table,
        headline=Headline(title) if title else None,
    )


def _bar(
    record: Record,
    name: Column,
    measured: Column,
    others: Sequence[Column],
    records: Sequence[Record],
    words: Words,
    *,
    better: str | None,
) -> Bar:
    point = _point(record, measured)
    cell = cell_of(record, measured, records, words)
    return Bar(
        name=cell_of(record, name, records, words).text or words.t("unknown"),
        value=cell.text,
        under=cell.under,
        picture=pictures.whisker(
            point, domain=_domain(records, measured), tone=_tone(point, better)
        ),
        others=tuple(cell_of(record, column, records, words).text for column in others),
    )


def _point(record: Record, column: Column) -> Point:
    named = (column.name, column.low, column.high)
    value, low, high = (
        None if name is None or record[name] is None else float(record[name]) for name in named
    )
    return Point(value, low, high)


def _domain(records: Sequence[Record], measured: Column) -> tuple[float, float]:
    """Both ends of the scale that the bars share; zero is always on it."""
    points = [_point(record, measured) for record in records]
    ends = [end for p in points for end in (p.value, p.low, p.high) if end is not None]
    low, high = min(0.0, *ends), max(0.0, *ends)
    return (low, high) if high > low else (0.0, 1.0)


def _tone(point: Point, better: str | None) -> str:
    if better is None or point.low is None or point.high is None:
        return "mid"
    if point.low <= 0 <= point.high:
        return "mid"
    return "better" if (point.low > 0) == (better == "higher") else "worse"
