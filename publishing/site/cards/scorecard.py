"""Areas by how far they have come to their targets, each with its evidence.

Rows come with an area's own row first (`sub_metric` all) and its sub-metrics behind it. What is
not measured is a dashed square and says so; it is never a zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from publishing.dashboards import Tile
from publishing.dashboards.queries import without_filters
from publishing.site import pictures
from publishing.site.card import Card, Edition, Headline, described, nothing
from publishing.site.cards.table import finding_of, text_of
from publishing.site.pictures import Point
from publishing.words import Words

Record = Mapping[str, Any]


def card(tile: Tile, edition: Edition) -> Card:
    words = edition.words
    table = edition.facts.table(without_filters(str(tile.rows)))
    records = table.records()
    if not any(record["is_measured"] for record in records):
        return nothing(tile, words)
    title = finding_of(tile, records, words)
    return Card(
        **described(tile, words) | ({"title": title} if title else {}),
        context={
            "areas": [
                _area(list(rows), words) for _, rows in groupby(records, key=lambda r: r["area"])
            ]
        },
        table=table,
        headline=Headline(title) if title else None,
    )


def _area(rows: Sequence[Record], words: Words) -> dict[str, Any]:
    whole, *parts = rows
    score = whole["score"]
    measured = sum(bool(part["is_measured"]) for part in parts)
    evidence = {"n": words.number(measured), "all": words.number(len(parts))}
    return {
        "name": words.name_of(whole["area"]),
        "score": "" if score is None else words.number(score * 100),
        "state": "" if score is not None else words.t("area.withheld" if measured else "area.none"),
        "bar": pictures.range_bar(Point(score, None, None), domain=(0, 1)),
        "squares": pictures.squares([bool(part["is_measured"]) for part in parts]),
        "evidence": words.t("area.evidence", **evidence),
        "parts": [_part(part, words) for part in parts],
    }


def _part(part: Record, words: Words) -> dict[str, str]:
    unit = unit_of(part["sub_metric"])
    low, high = part["ci_low"], part["ci_high"]
    return {
        "name": text_of(part["sub_metric"], "measure", words),
        "value": _text(part["value"], unit, words) or words.t("nothing.missing"),
        "interval": ""
        if low is None or high is None
        else words.t("interval", low=_text(low, unit, words), high=_text(high, unit, words)),
        "count": words.number(part["n"]) if part["n"] else "",
        "target": _text(part["target"], unit, words),
        "score": "" if part["score"] is None else words.number(part["score"] * 100),
    }


def unit_of(sub_metric: str) -> str:
    """Names bear the unit of durations and of counts per something; all else is a share."""
    if sub_metric.endswith("_seconds"):
        return "seconds"
    return "number" if "_per_" in sub_metric else "rate"


def _text(value: float | None, unit: str, words: Words) -> str:
    return "" if value is None else text_of(value, unit, words)
