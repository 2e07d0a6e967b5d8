"""Rows of a report as a reader sees them: named, rounded, with interval, n and picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from publishing.dashboards import Column, Tile, load_measures
from publishing.dashboards.queries import without_filters
from publishing.site import pictures
from publishing.site.card import Card, Edition, Headline, described, nothing, told
from publishing.site.pictures import Point
from publishing.words import Words

# Longer tables are cut, here or at the tile's option `most`; who wants all rows takes a file.
LONGEST = 40
# verdict -> look of the mark (templates/_parts.html.j2)
VERDICTS = {
    "better": "better",
    "worse": "worse",
    "unchanged": "ns",
    "provisional": "prov",
    "suppressed": "sup",
    "missing": "nm",
}

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """A value in words, with what stands under it and beside it; `sort` orders the column."""

    text: str
    under: str = ""
    picture: Markup | None = None
    mark: str = ""
    sort: str = ""


def card(tile: Tile, edition: Edition) -> Card:
    words = edition.words
    query = without_filters(str(tile.rows))
    table = edition.facts.table(query)
    if not table.rows:
        return nothing(tile, words)
    records = table.records()
    title = finding_of(tile, records, words)
    shown = [column for column in tile.columns if not column.hidden]
    longest = int(tile.options.get("most", LONGEST))
    return Card(
        **described(tile, words) | ({"title": title} if title else {}),
        context={
            "labels": [(label_of(column, words), is_at_end(column)) for column in shown],
            "rows": [
                [cell_of(record, column, records, words) for column in shown]
                for record in records[:longest]
            ],
            "more": words.counted("table.more", len(records) - longest)
            if len(records) > longest
            else "",
        },
        table=table,
        headline=Headline(title) if title else None,
    )


def finding_of(tile: Tile, records: Sequence[Record], words: Words) -> str:
    """The described finding with the cells of the first row; empty where a value is missing."""
    if tile.finding is None:
        return ""
    first = {column.name: cell_of(records[0], column, records, words) for column in tile.columns}
    text = told(tile.finding, words)
    if any("{" + name + "}" in text and not cell.text for name, cell in first.items()):
        return ""
    return text.format(**{name: cell.text for name, cell in first.items()})


def label_of(column: Column, words: Words) -> str:
    """The column's own label, else the one that all tiles share."""
    return told(column.label, words) or words.t(f"column.{column.name}")


def cell_of(record: Record, column: Column, records: Sequence[Record], words: Words) -> Cell:
    """One value as its column shows it; empty when there is none."""
    value = record[column.name]
    if value is None or value == "":
        return Cell("")
    if column.shown_as == "verdict":
        return Cell(words.t(f"mark.{value}"), mark=VERDICTS[str(value)], sort=str(value))
    unit = str(record[column.unit]) if column.unit else column.shown_as
    return Cell(
        text=text_of(value, unit, words),
        under=_under(record, column, unit, words),
        picture=_picture(record, column, records),
        sort=f"{value:.12g}" if isinstance(value, float) else str(value),
    )


def text_of(value: Any, shown_as: str, words: Words) -> str:
    """A value as its unit is written; the units of the reports' `unit` column among them."""
    match shown_as:
        case "member":
            return words.name_of(str(value))
        case "measure":
            measure = load_measures().get(str(value))
            return words.name_of(str(value)) if measure is None else words.text(measure.name)
        case "count":
            return words.number(float(value))
        case "rate" | "nps" | "points" | "per_thousand" | "seconds" | "money":
            return words.amount(float(value), shown_as)
        case "score" | "number":
            return words.number(float(value), 2)
        case "change":
            return words.signed(float(value) * 100)
        case "month" | "day":
            return words.period(_day(value), shown_as)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return words.number(float(value), 2)
    return str(value)


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _under(record: Record, column: Column, unit: str, words: Words) -> str:
    parts = []
    low = record[column.low] if column.low else None
    high = record[column.high] if column.high else None
    if low is not None and high is not None:
        ends = {"low": text_of(low, unit, words), "high": text_of(high, unit, words)}
        parts.append(words.t("interval", **ends))
    if column.n and record[column.n] is not None:
        parts.append(words.t("count", n=words.number(record[column.n])))
    return " · ".join(parts)


def _picture(record: Record, column: Column, records: Sequence[Record]) -> Markup | None:
    if column.domain:
        point = Point(
            float(record[column.name]),
            record[column.low] if column.low else None,
            record[column.high] if column.high else None,
        )
        return pictures.range_bar(point, domain=column.domain, height=20)
    if column.bar:
        most = max(float(each[column.name] or 0) for each in records)
        share = float(record[column.name]) / most if most else 0
        return pictures.bar(share, tone="mid")
    return None


def is_at_end(column: Column) -> bool:
    """Bare numbers stand at the end of their cell; a picture begins at its start."""
    if column.domain or column.bar:
        return False
    return column.shown_as not in ("member", "measure", "text", "verdict")
