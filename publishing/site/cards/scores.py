"""Several measures of every member of a dimension, side by side, each with interval and n."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from publishing.dashboards import Measure, Tile, load_measures
from publishing.site import pictures
from publishing.site.card import Card, Edition, described
from publishing.site.facts import Facts, MetricRow, table_of
from publishing.site.pictures import Point
from publishing.words import Words


@dataclass(frozen=True)
class Score:
    """A member's score on one measure; `text` empty where nothing is shown, and `state` why."""

    text: str
    interval: str
    count: str
    bar: Markup
    state: str


@dataclass(frozen=True)
class Scale:
    """A measure with the scope and scale that has the most answers."""

    measure: Measure
    scope: str
    scale_id: str


def card(tile: Tile, edition: Edition) -> Card:
    facts, words = edition.facts, edition.words
    dimension = str(tile.dimension)
    scales = scales_of(tile.metrics, facts)
    found = {s.measure.metric: by_member(s, dimension, facts) for s in scales}
    answers: dict[str, int] = defaultdict(int)
    for rows in found.values():
        for member, row in rows.items():
            answers[member] += row.n or 0
    name = words.t(f"dimension.{dimension}")
    told = {"title": words.t("table.title", dimension=name.lower())} | {
        part: text for part, text in described(tile, words).items() if text
    }
    told["eye"] = told.get("eye") or words.t("table.eye")
    told["subtitle"] = told.get("subtitle") or words.t("table.sub")
    if not answers:
        return Card(**told, empty=words.t("table.nothing", dimension=name.lower()))
    members = sorted(answers, key=lambda member: (-answers[member], member))
    scales = [scale for scale in scales if found[scale.measure.metric]]
    return Card(
        **told,
        context={
            "column": name,
            "scales": [words.text(scale.measure.name) for scale in scales],
            "rows": [
                (
                    words.name_of(member),
                    [score_of(found[s.measure.metric].get(member), s, words) for s in scales],
                )
                for member in members
            ],
        },
        table=table_of([row for rows in found.values() for row in rows.values()]),
    )


def scales_of(metrics: Sequence[str], facts: Facts) -> list[Scale]:
    """Each measure that has answers, on the scale that has most of them."""
    found = []
    for metric in metrics:
        measure = load_measures()[metric]
        best = facts.best_scale(metric, measure.scopes)
        if best is not None:
            found.append(Scale(measure, *best))
    return found


def by_member(scale: Scale, dimension: str, facts: Facts) -> dict[str, MetricRow]:
    """The row of each member over all time."""
    rows = facts.members(scale.measure.metric, scale.scope, scale.scale_id, dimension=dimension)
    return {row.member: row for row in rows}


def score_of(row: MetricRow | None, scale: Scale, words: Words) -> Score:
    """A cell: the value with its interval and n, or why there is none."""
    if row is None:
        return Score("", "", "", Markup(""), words.t("nothing.missing"))
    if row.value is None:
        return Score("", "", "", Markup(""), words.t("nothing.suppressed"))
    point = Point(row.value, row.ci_low, row.ci_high)
    return Score(
        text=words.amount(row.value, row.unit_shown),
        interval=words.interval_of(row) or words.t("interval.none"),
        count=words.number(row.n or 0),
        bar=pictures.range_bar(point, domain=scale.measure.domain, height=20),
        state="",
    )
