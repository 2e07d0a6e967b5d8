"""A dashboard as a page: its cards, and the sentence over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from publishing.dashboards import Dashboard
from publishing.site.card import Card, Edition, Headline
from publishing.site.cards import card_of
from publishing.site.cards.kpi import kpi_of
from publishing.site.facts import end_of
from publishing.site.measures import Shown
from publishing.words import Words


@dataclass(frozen=True)
class Page:
    """A page before it is rendered; pages without charts carry no script for them."""

    title: str
    question: str
    headline: Headline
    period: str
    groups: tuple[tuple[Card, ...], ...]

    @property
    def charts(self) -> Mapping[str, Mapping[str, Any]]:
        cards = (card for group in self.groups for card in group)
        return {name: spec for card in cards for name, spec in card.charts.items()}


def page_of(dashboard: Dashboard, edition: Edition) -> Page:
    """The page of a dashboard in one edition."""
    words = edition.words
    cards = [card_of(tile, edition) for tile in dashboard.tiles]
    shown = [card.context["shown"] for card in cards if "shown" in card.context]
    return Page(
        title=words.text(dashboard.title),
        question=words.text(dashboard.question),
        headline=_headline(dashboard, cards, shown, words),
        period=_period(_subject(shown), words) if shown else "",
        groups=tuple(
            tuple(group) for _, group in groupby(cards, key=lambda card: "shown" in card.context)
        ),
    )


def _headline(
    dashboard: Dashboard, cards: Sequence[Card], shown: Sequence[Shown], words: Words
) -> Headline:
    """Of the tile that the description names, else of the measures, else of the first card."""
    chosen = next((card.headline for card in cards if card.key == dashboard.headline), None)
    if chosen is not None:
        return chosen
    subject = _subject(shown)
    if subject is not None:
        return _of_measures(subject, shown, words)
    told = [card.headline for card in cards if card.headline is not None]
    if told:
        return told[0]
    if any(not card.empty and "shown" not in card.context for card in cards):
        return Headline(words.text(dashboard.question))
    return Headline(words.t("headline.nothing"), lead=words.t("headline.nothing.lead"))


def _subject(shown: Sequence[Shown]) -> Shown | None:
    """What the headline is about: the first measure that moved beyond chance, else the first."""
    known = [s for s in shown if s.is_shown]
    return next((s for s in known if s.verdict in ("better", "worse")), known[0] if known else None)


def _of_measures(subject: Shown, shown: Sequence[Shown], words: Words) -> Headline:
    """The finding, its context and its grounds, each a sentence that the numbers make true."""
    kpi = kpi_of(subject, words)
    fields = {"name": kpi.name, "value": kpi.value, "period": kpi.last}
    lead = words.t("headline.lead", interval=kpi.interval, count=kpi.count, **fields)
    lead = lead if kpi.interval else ""
    tested = [s for s in shown if s.is_shown and s.latest and s.latest.change is not None]
    if not tested:
        return Headline(words.t("headline.first", **fields), lead=lead)
    if subject.verdict in ("better", "worse"):
        in_points = subject.latest is not None and subject.latest.unit_shown in ("rate", "nps")
        way = kpi.direction if in_points else f"{kpi.direction}.on_scale"
        finding = words.t(f"headline.{way}", by=kpi.change_size, **fields)
    else:
        finding = words.t("headline.steady", **fields)
    counts = {tone: sum(s.verdict == tone for s in tested) for tone in ("better", "worse")}
    context = words.t("headline.count", same=len(tested) - sum(counts.values()), **counts)
    return Headline(finding, context, lead)


def _period(subject: Shown | None, words: Words) -> str:
    row = subject.latest if subject is not None else None
    if row is None or row.period_start is None or row.period_grain == "all":
        return words.t("period.all")
    return words.span(row.period_start, end_of(row.period_start, row.period_grain))
