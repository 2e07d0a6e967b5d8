"""The catalogue: what every number means, how it is computed, and what proves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from publishing.site.facts import Definition, Facts, Measure
from publishing.site.page import Page
from publishing.site.words import Words


def catalogue_page(description: Mapping[str, Any], facts: Facts, words: Words) -> Page:
    """One table per owner, with the value of now beside each definition."""
    del description  # it has nothing to choose
    definitions = facts.catalogue()
    now: dict[str, list[Measure]] = {}
    for measure in facts.overall():
        now.setdefault(measure.metric, []).append(measure)
    owners = [
        {
            "name": owner.replace("_", " ").capitalize(),
            "metrics": [_entry(each, now.get(each.metric, []), words) for each in entries],
        }
        for owner, entries in groupby(definitions, key=lambda each: each.owner)
    ]
    return Page(
        template="catalogue.html.j2",
        headline=(
            words.counted("catalogue.finding", len(definitions)),
            "",
            words.t("catalogue.lead"),
        ),
        context={"owners": owners},
        charts={},
    )


def _entry(each: Definition, measures: Sequence[Measure], words: Words) -> dict[str, Any]:
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


def _value(measure: Measure, value: float, words: Words) -> dict[str, str]:
    of = [part for part in (measure.scope, measure.scale_id) if part != "all"]
    return {
        "value": words.amount(value, measure.unit_shown),
        "of": ", ".join(dict.fromkeys(of)),
        "n": words.t("count", n=words.number(measure.n or 0)),
    }
