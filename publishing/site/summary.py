"""The executive summary: headline, tiles, trend, and where it hurts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from publishing.site import charts, pictures
from publishing.site.facts import Facts, Measure, end_of
from publishing.site.measures import Shown, choose, retention
from publishing.site.page import Page
from publishing.site.tiles import tile_of
from publishing.site.words import MINUS, Words

# A ranking longer than this is cut; the rest is in the table of the touchpoints page.
LONGEST_RANKING = 8


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


@dataclass(frozen=True)
class Ranking:
    """A ranking card."""

    title: str
    subtitle: str
    column: str
    rows: tuple[Ranked, ...]


def summary_page(
    description: Mapping[str, Any], facts: Facts, words: Words, *, as_of: date
) -> Page:
    """The page that answers: better or worse, is it real, where does it hurt?"""
    shown = [
        retention(facts, tile) if "cohorts" in tile else choose(facts, tile, as_of=as_of)
        for tile in description["tiles"]
    ]
    by_key = {s.key: s for s in shown}
    trend = next((by_key[key] for key in description["trend"] if _has_trend(by_key[key])), None)
    rankings = [_ranking(wanted, facts, words) for wanted in description["rankings"]]
    headline = _headline(shown, words)
    return Page(
        template="summary.html.j2",
        headline=headline,
        context={
            "tiles": [tile_of(s, words) for s in shown],
            "trend": trend and _trend_card(trend, words),
            "rankings": [r for r in rankings if r is not None],
            "period": _period(_subject(shown), words),
        },
        charts={"trend": charts.trend(trend, words)} if trend else {},
    )


def _has_trend(shown: Shown) -> bool:
    return sum(m.value is not None for m in shown.periods) >= 2 and shown.is_shown


def _subject(shown: Sequence[Shown]) -> Shown | None:
    """What the headline is about: the first measure that moved beyond chance, else the first."""
    known = [s for s in shown if s.is_shown]
    return next((s for s in known if s.verdict in ("better", "worse")), known[0] if known else None)


def _headline(shown: Sequence[Shown], words: Words) -> tuple[str, str, str]:
    """The finding, its context and its grounds, each a sentence that the numbers make true."""
    subject = _subject(shown)
    if subject is None:
        return words.t("headline.nothing"), "", words.t("headline.nothing.lead")
    tile = tile_of(subject, words)
    fields = {"name": tile.name, "value": tile.value, "period": tile.last}
    tested = [s for s in shown if s.is_shown and s.latest and s.latest.change is not None]
    if not tested:
        lead = words.t("headline.lead", interval=tile.interval, count=tile.count, **fields)
        return words.t("headline.first", **fields), "", lead if tile.interval else ""
    if subject.verdict in ("better", "worse"):
        size = tile.change.lstrip(f"+{MINUS}")
        finding = words.t(f"headline.{tile.direction}", by=size, **fields)
    else:
        finding = words.t("headline.steady", **fields)
    counts = {tone: sum(s.verdict == tone for s in tested) for tone in ("better", "worse")}
    context = words.t("headline.count", same=len(tested) - sum(counts.values()), **counts)
    lead = words.t("headline.lead", interval=tile.interval, count=tile.count, **fields)
    return finding, context, lead if tile.interval else ""


def _period(subject: Shown | None, words: Words) -> str:
    row = subject.latest if subject is not None else None
    if row is None or row.period_start is None or row.period_grain == "all":
        return words.t("period.all")
    return words.span(row.period_start, end_of(row.period_start, row.period_grain))


def _trend_card(shown: Shown, words: Words) -> dict[str, Any]:
    tile = tile_of(shown, words)
    verdict = shown.verdict
    key = verdict if verdict in ("better", "worse") else "steady"
    return {
        "title": words.t(f"trend.{key}", name=tile.name, period=tile.last),
        "subtitle": words.t(
            "trend.subtitle",
            name=tile.name,
            grain=words.t(f"grain.{shown.periods[-1].period_grain}"),
        ),
        "rows": [
            (
                words.period(m.period_start, m.period_grain) if m.period_start else "",
                words.amount(m.value, m.unit_shown) if m.value is not None else "",
                words.interval(m.ci_low, m.ci_high, m.unit_shown)
                if m.ci_low is not None and m.ci_high is not None
                else "",
                words.number(m.n) if m.n is not None else "",
            )
            for m in shown.periods
        ],
    }


def _ranking(wanted: Mapping[str, Any], facts: Facts, words: Words) -> Ranking | None:
    """Members by answers that fell short, for the first of the metrics that has members."""
    for metric in wanted["metrics"]:
        found = facts.best_scale(metric, ["transactional", "relational"])
        if found is None:
            continue
        rows = [
            row
            for row in facts.members(metric, *found, dimension=wanted["dimension"])
            if row.is_suppressed or row.value is not None
        ]
        if not rows:
            continue
        ranked = sorted(rows, key=lambda r: (_short(r) is None, -(_short(r) or 0), r.member))
        most = max((_short(r) or 0 for r in rows), default=0)
        return Ranking(
            title=_ranking_title(ranked, wanted, metric, words),
            subtitle=words.t(f"ranking.{metric}"),
            column=words.t(f"dimension.{wanted['dimension']}"),
            rows=tuple(
                _ranked(row, most, words, is_first=i == 0)
                for i, row in enumerate(ranked[:LONGEST_RANKING])
            ),
        )
    return None


def _ranking_title(
    ranked: Sequence[Measure], wanted: Mapping[str, Any], metric: str, words: Words
) -> str:
    if _short(ranked[0]) is None:
        return words.t("ranking.unknown", dimension=words.t(f"dimension.{wanted['dimension']}"))
    return words.t(
        f"ranking.title.{wanted['dimension']}",
        name=words.name_of(ranked[0].member),
        what=words.t(f"ranking.what.{metric}"),
    )


def _short(row: Measure) -> int | None:
    """Answers outside the top box. For NPS, whose rows carry no box counts, n times 1 - score."""
    if row.value is None or row.n is None:
        return None
    if row.unit_shown == "nps":
        return round(row.n * (100 - row.value) / 200)
    if row.numerator is None or row.denominator is None:
        return None
    return round(row.denominator - row.numerator)


def _ranked(row: Measure, most: int, words: Words, *, is_first: bool) -> Ranked:
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
        interval=words.interval(row.ci_low, row.ci_high, row.unit_shown)
        if row.ci_low is not None and row.ci_high is not None
        else words.t("interval.none"),
        is_suppressed=False,
    )
