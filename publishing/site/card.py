"""What a tile becomes before it is HTML: its words, its pictures, its rows to take away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from publishing.dashboards import Text, Tile, load_measures
from publishing.site.facts import Facts, Table
from publishing.words import Words


@dataclass(frozen=True)
class Edition:
    """One language's site of one snapshot: what every card is made from."""

    facts: Facts
    words: Words
    as_of: date
    now: datetime


@dataclass(frozen=True)
class Headline:
    """The sentence over a page: the finding, its context, its grounds."""

    finding: str
    context: str = ""
    lead: str = ""


@dataclass(frozen=True)
class Card:
    """A tile of one edition. `template` lies in templates/cards; `empty` is told in its place.

    `charts` maps a chart's name to its Vega specification. `table` holds the rows behind the
    card as they are, for the reader who takes them away.
    """

    key: str
    template: str
    width: int
    title: str
    eye: str = ""
    subtitle: str = ""
    note: str = ""
    empty: str = ""
    definition: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    charts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    table: Table | None = None
    headline: Headline | None = None


def told(text: Text | None, words: Words) -> str:
    """A described text in the language of the edition; empty when there is none."""
    return words.text(text) if text is not None else ""


def described(tile: Tile, words: Words) -> dict[str, Any]:
    """What a card takes from its description as it stands."""
    return {
        "key": tile.key,
        "template": f"cards/{tile.kind}.html.j2",
        "width": tile.width,
        "eye": told(tile.question, words),
        "title": told(tile.title, words),
        "subtitle": told(tile.about, words),
        "note": told(tile.note, words),
        "definition": tile.definition,
    }


def nothing(tile: Tile, words: Words, why: str = "") -> Card:
    """A card that says what is missing and how to get it.

    A tile of measures whose title tells a finding is named after its first measure meanwhile.
    """
    parts = described(tile, words)
    if not parts["title"] and tile.metrics:
        parts["title"] = words.text(load_measures()[tile.metrics[0]].name)
    return Card(**parts, empty=why or told(tile.empty, words))
