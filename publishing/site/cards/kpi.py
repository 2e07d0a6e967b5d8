"""A measure as a KPI: every text and picture of it, ready for the template."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from publishing.dashboards import Measure, Tile, load_measures
from publishing.site import pictures
from publishing.site.card import Card, Edition, described
from publishing.site.cards.scores import Score, by_member, scales_of, score_of
from publishing.site.facts import MetricRow, table_of
from publishing.site.measures import Shown, View, choose
from publishing.site.pictures import Point
from publishing.words import Words

# What a measure may be split by, and how many members a split shows.
SPLITS = ("segment", "channel", "touchpoint", "environment", "device", "country", "team")
LARGEST = 8
# verdict -> look of the mark (templates/_parts.html.j2)
MARKS = {
    "better": "better",
    "worse": "worse",
    "unchanged": "ns",
    "provisional": "prov",
    "suppressed": "sup",
    "single": "n",
    "missing": "nm",
}


@dataclass(frozen=True)
class Kpi:
    """One measure, as words and pictures; `value` is empty when there is nothing to show."""

    name: str
    unit: str
    mark: str
    mark_text: str
    direction: str
    value: str
    nothing: str
    change: str
    change_size: str
    change_tone: str
    against: str
    range_bar: Markup
    interval: str
    target: str
    spark: Markup
    first: str
    count: str
    last: str
    why: str


def card(tile: Tile, edition: Edition) -> Card:
    """The newest complete period of a measure, with those before it as a small line."""
    words = edition.words
    measure = load_measures()[tile.metrics[0]]
    shown = choose(edition.facts, measure, as_of=edition.as_of)
    kpi = kpi_of(shown, words)
    context = {
        "kpi": kpi,
        "shown": shown,
        "breakdown": _breakdown(measure, edition),
    }
    return Card(
        **described(tile, words) | {"title": kpi.name},
        context=context,
        table=table_of(shown.periods) if shown.periods else None,
    )


def _breakdown(measure: Measure, edition: Edition) -> list[tuple[str, list[tuple[str, Score]]]]:
    """The measure of all time by each dimension that splits it, the largest members first."""
    scales = scales_of([measure.metric], edition.facts) if measure.cohorts is None else []
    parts = []
    for dimension in SPLITS if scales else ():
        rows = by_member(scales[0], dimension, edition.facts)
        largest = sorted(rows, key=lambda member: (-(rows[member].n or 0), member))
        scores = [
            (edition.words.name_of(member), score_of(rows[member], scales[0], edition.words))
            for member in largest[:LARGEST]
        ]
        if len(scores) > 1:
            parts.append((edition.words.t(f"dimension.{dimension}"), scores))
    return parts


def kpi_of(shown: Shown, words: Words) -> Kpi:
    """The KPI of one measure."""
    row = shown.latest
    verdict = shown.verdict
    tone = verdict if verdict in ("better", "worse") else "data"
    return Kpi(
        name=words.text(shown.measure.name),
        unit=_unit_text(shown, words),
        mark=MARKS[verdict],
        mark_text=words.t(f"mark.{verdict}"),
        direction="rose" if row is not None and (row.change or 0) > 0 else "fell",
        value=_value_text(row, words),
        nothing=words.t("nothing.missing" if row is None else "nothing.suppressed"),
        change=_change_text(row, words),
        change_size=_change_text(row, words, is_signed=False),
        change_tone=shown.change_tone or "",
        against=_against_text(row, words),
        range_bar=_range_bar(shown, row, tone=tone),
        interval=_interval_text(row, words),
        target=_target_text(row, words),
        spark=pictures.spark(
            shown.points, tone=tone, is_provisional=row is not None and row.is_provisional
        ),
        first=_period_text(shown.periods[0], words) if shown.periods else "",
        count=words.t("count", n=words.number(row.n)) if row is not None and row.n else "",
        last=_period_text(row, words) if row is not None else "",
        why=_why_text(shown, words),
    )


def _unit_text(shown: Shown, words: Words) -> str:
    row = shown.latest
    measure = shown.measure
    if row is not None and row.scale_id in measure.units:
        return words.text(measure.units[row.scale_id])
    text = words.text(measure.unit)
    if row is None or row.scope == "all":
        return text
    return words.t("unit_and_scope", unit=text, scope=words.t(f"scope.{row.scope}"))


def _value_text(row: MetricRow | None, words: Words) -> str:
    if row is None or row.value is None:
        return ""
    return words.amount(row.value, row.unit_shown)


def _change_text(row: MetricRow | None, words: Words, *, is_signed: bool = True) -> str:
    if row is None or row.change is None or row.value is None:
        return ""
    return words.change(row.change, row.unit_shown, is_signed=is_signed)


def _against_text(row: MetricRow | None, words: Words) -> str:
    if row is None or row.change is None or row.value is None:
        return ""
    points = "points" if row.unit_shown in ("rate", "nps") else "on_scale"
    return words.t(f"against.{points}", grain=words.t(f"grain.{row.period_grain}"))


def _range_bar(shown: Shown, row: MetricRow | None, *, tone: str) -> Markup:
    if row is None:
        return pictures.range_bar(Point(None, None, None), domain=shown.measure.domain)
    return pictures.range_bar(
        Point(row.value, row.ci_low, row.ci_high),
        domain=shown.measure.domain,
        target=row.target,
        previous=row.previous_value if row.value is not None else None,
        tone=tone,
        is_provisional=row.is_provisional,
    )


def _interval_text(row: MetricRow | None, words: Words) -> str:
    if row is None or row.ci_low is None or row.ci_high is None:
        return ""
    return words.interval(row.ci_low, row.ci_high, row.unit_shown)


def _target_text(row: MetricRow | None, words: Words) -> str:
    if row is None or row.target is None:
        return ""
    return words.amount(row.target, row.unit_shown, 0)


def _period_text(row: MetricRow, words: Words) -> str:
    if row.period_start is None:
        return words.t("period.all")
    return words.period(row.period_start, row.period_grain)


def _why_text(shown: Shown, words: Words) -> str:
    row = shown.latest
    if row is None:
        return words.text(shown.measure.empty) if shown.view == View() else words.t("why.view")
    if row.value is None:
        return words.t("why.suppressed")
    if row.is_provisional:
        return words.t("why.provisional")
    if row.is_wide:
        return words.counted("why.wide", row.n or 0)
    if shown.measure.cohorts is not None:
        return words.t("why.retention")
    return ""
