"""The members of a dimension by how many answers fell short there: where does it hurt?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from publishing.dashboards import Tile, load_measures
from publishing.site import pictures
from publishing.site.card import Card, Edition, described, nothing
from publishing.site.facts import MetricRow, table_of
from publishing.words import Words

# A ranking longer than this is cut; the rest is in the table of the touchpoints page.
LONGEST = 8


@dataclass(frozen=True)
class Ranked:
    """A member of a dimension, by how many answers fell short there."""

    name: str
    short: str
    bar: Markup
    count: str
    value: str
    interval: str
    is_suppressed: bool


def card(tile: Tile, edition: Edition) -> Card:
    """Members by answers that fell short, for the first of the metrics that has members."""
    facts, words = edition.facts, edition.words
    dimension = str(tile.dimension)
    for metric in tile.metrics:
        found = facts.best_scale(metric, load_measures()[metric].scopes)
        rows = facts.members(metric, *found, dimension=dimension) if found else []
        rows = [row for row in rows if row.is_suppressed or row.value is not None]
        if not rows:
            continue
        ranked = sorted(rows, key=lambda r: (_short(r) is None, -(_short(r) or 0), r.member))
        most = max((_short(r) or 0 for r in rows), default=0)
        told = {
            "title": _title(ranked, dimension, metric, words),
            "subtitle": words.t(f"ranking.{metric}"),
            "definition": metric,
        }
        return Card(
            **described(tile, words) | told,
            context={
                "column": words.t(f"dimension.{dimension}"),
                "rows": [
                    _ranked(row, most, words, is_first=i == 0)
                    for i, row in enumerate(ranked[:LONGEST])
                ],
            },
            table=table_of(ranked),
        )
    return nothing(tile, words, words.t("ranking.nothing"))


def _title(ranked: Sequence[MetricRow], dimension: str, metric: str, words: Words) -> str:
    if _short(ranked[0]) is None:
        return words.t("ranking.unknown", dimension=words.t(f"dimension.{dimension}"))
    return words.t(
        f"ranking.title.{dimension}",
        name=words.name_of(ranked[0].member),
        what=words.t(f"ranking.what.{metric}"),
    )


def _short(row: MetricRow) -> int | None:
    """Answers outside the top box. For NPS, whose rows carry no box counts, n times 1 - score."""
    if row.value is None or row.n is None:
        return None
    if row.unit_shown == "nps":
        return round(row.n * (100 - row.value) / 200)
    if row.numerator is None or row.denominator is None:
        return None
    return round(row.denominator - row.numerator)


def _ranked(row: MetricRow, most: int, words: Words, *, is_first: bool) -> Ranked:
    short = _short(row)
    if short is None or row.value is None:
        name = words.name_of(row.member)
        return Ranked(name, "", Markup(""), "", "", words.t("why.suppressed"), True)
    return Ranked(
        name=words.name_of(row.member),
        short=words.number(short),
        bar=pictures.bar(short / most if most else 0, tone="worse" if is_first else "mid"),
        count=words.number(row.n or 0),
        value=words.amount(row.value, row.unit_shown),
        interval=words.interval_of(row) or words.t("interval.none"),
        is_suppressed=False,
    )
