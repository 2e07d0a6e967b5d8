"""The first of its measures that has a course, over time: interval, line, target."""

from __future__ import annotations

from publishing.dashboards import Tile, load_measures
from publishing.site import charts
from publishing.site.card import Card, Edition, described, nothing
from publishing.site.cards.kpi import kpi_of
from publishing.site.facts import MetricRow, table_of
from publishing.site.measures import Shown, choose
from publishing.site.words import Words


def card(tile: Tile, edition: Edition) -> Card:
    words = edition.words
    asked = [load_measures()[metric] for metric in tile.metrics]
    courses = [choose(edition.facts, measure, as_of=edition.as_of) for measure in asked]
    for shown in courses:
        if _has_course(shown):
            return Card(
                **described(tile, words)
                | _titles(shown, words)
                | {"definition": shown.measure.metric},
                context={"rows": _rows(shown, words)},
                charts={tile.key: charts.trend(shown, words)},
                table=table_of(shown.periods),
            )
    why = words.t("trend.nothing")
    if not any(shown.is_shown for shown in courses):
        why = f"{why} {words.text(asked[0].empty)}"
    return nothing(tile, words, why)


def _has_course(shown: Shown) -> bool:
    return sum(m.value is not None for m in shown.periods) >= 2 and shown.is_shown


def _titles(shown: Shown, words: Words) -> dict[str, str]:
    kpi = kpi_of(shown, words)
    key = shown.verdict if shown.verdict in ("better", "worse") else "steady"
    grain = words.t(f"grain.{shown.periods[-1].period_grain}")
    return {
        "title": words.t(f"trend.{key}", name=kpi.name, period=kpi.last),
        "subtitle": words.t("trend.subtitle", name=kpi.name, grain=grain),
    }


def _rows(shown: Shown, words: Words) -> list[tuple[str, str, str, str]]:
    return [
        (
            _period(m, words),
            words.amount(m.value, m.unit_shown) if m.value is not None else "",
            words.interval_of(m),
            words.number(m.n) if m.n is not None else "",
        )
        for m in shown.periods
    ]


def _period(row: MetricRow, words: Words) -> str:
    if row.period_start is None or row.period_end is None:
        return ""
    return words.period_and_days(row.period_start, row.period_end, row.period_grain)
