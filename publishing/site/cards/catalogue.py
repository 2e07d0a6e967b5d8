"""The catalogue: what every number means, how it is computed, and what proves it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from publishing.dashboards import Tile
from publishing.site.card import Card, Edition, Headline, described, nothing
from publishing.site.facts import Definition, MetricRow
from publishing.words import Words


def card(tile: Tile, edition: Edition) -> Card:
    """One table per owner, with the value of now beside each definition."""
    facts, words = edition.facts, edition.words
    definitions = facts.catalogue()
    if not definitions:
        return nothing(tile, words, words.t("quality.nothing.lead"))
    now: dict[str, list[MetricRow]] = {}
    for row in facts.overall():
        now.setdefault(row.metric, []).append(row)
    owners = [
        {
            "name": owner.replace("_", " ").capitalize(),
            "metrics": [_entry(each, now.get(each.metric, []), words) for each in entries],
        }
        for owner, entries in groupby(definitions, key=lambda each: each.owner)
    ]
    finding = words.counted("catalogue.finding", len(definitions))
    return Card(
        **described(tile, words),
        context={"owners": owners},
        headline=Headline(finding, lead=words.t("catalogue.lead")),
    )


def _entry(each: Definition, measures: Sequence[MetricRow], words: Words) -> dict[str, Any]:
    return {
        "metric": each.metric,
        "definition": each.definition,
        "formula": each.formula,
        "scale": each.scale,
        "example": each.worked_example,
        "source": each.source,
        "version": each.version,
        "mart": each.mart_column,
        "test": each.test,
        "now": [_value(m, m.value, words) for m in measures if m.value is not None],
    }


def _value(measure: MetricRow, value: float, words: Words) -> dict[str, str]:
    of = [part for part in (measure.scope, measure.scale_id) if part != "all"]
    return {
        "value": words.amount(value, measure.unit_shown),
        "of": words.as_it_is(", ".join(dict.fromkeys(of))),
        "n": words.t("count", n=words.number(measure.n or 0)),
    }
