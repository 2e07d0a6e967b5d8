"""What a reader may choose on a page of measures: every choice is drawn beforehand.

A page has no server to ask, so the tiles of each choice travel in it, compressed; the script
only unpacks and shows them. Text from data was escaped when they were drawn.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

import jinja2
from markupsafe import Markup

from publishing.site.card import Card, Edition
from publishing.site.cards.kpi import kpi_of
from publishing.site.measures import View, choose
from publishing.site.page import Page
from publishing.site.words import Words

# newest is the shortest period that has enough answers
PERIODS = ("newest", "month", "previous_month", "quarter", "year", "all")
DIMENSIONS = ("segment", "channel")


def measures_context(
    page: Page, environment: jinja2.Environment, edition: Edition
) -> dict[str, Any]:
    """The tiles as they first stand, those of every choice, and the choices themselves."""
    cards = [card for group in page.groups for card in group if "shown" in card.context]
    if not cards:
        return {"tiles": Markup(""), "views": "", "choices": []}
    metrics = [card.context["shown"].measure.metric for card in cards]
    members = {dimension: edition.facts.members_of(dimension, metrics) for dimension in DIMENSIONS}
    who = [("all", "all"), *((d, each) for d, found in members.items() for each in found)]
    views = [View(period, *each) for period in PERIODS for each in who]
    tiles = {view.key: _drawn(cards, view, environment, edition) for view in views}
    return {
        "tiles": Markup(tiles[View().key]),  # noqa: S704 - drawn by our own template
        "views": _packed(tiles),
        "choices": _choices(members, edition.words),
    }


def _drawn(cards: list[Card], view: View, environment: jinja2.Environment, edition: Edition) -> str:
    kpis = []
    for card in cards:
        measure = card.context["shown"].measure
        shown = choose(edition.facts, measure, as_of=edition.as_of, view=view)
        kpis.append((card, kpi_of(shown, edition.words)))
    template = environment.get_template("cards/kpi_tiles.html.j2")
    # The rows that travel in the page are those of the first view.
    return template.render(kpis=kpis, t=edition.words.t, is_first=view == View())


def _packed(tiles: Mapping[str, str]) -> str:
    text = json.dumps(tiles, ensure_ascii=False).encode()
    return base64.b64encode(zlib.compress(text, level=9)).decode()


def _choices(
    members: Mapping[str, list[str]], words: Words
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each filter with its options, as (value, label); one without options is left out."""
    choices = [("period", [(period, words.t(f"period.{period}")) for period in PERIODS])]
    for dimension, found in members.items():
        options = sorted((words.name_of(member), member) for member in found)
        if options:
            named = [(member, name) for name, member in options]
            choices.append((dimension, [("", words.t("filter.everybody")), *named]))
    return choices
