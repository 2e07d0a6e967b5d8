"""The ways that people walk from contact to contact: a picture, and the edges as a table."""

from __future__ import annotations

from dataclasses import replace

from publishing.dashboards import Tile
from publishing.dashboards.queries import without_filters
from publishing.site.card import Card, Edition, nothing
from publishing.site.cards import table
from publishing.site.flows import Flow, picture
from publishing.words import Words

START = "(start)"
ENDS = ("(goal)", "(quit)", "(open)")


def card(tile: Tile, edition: Edition) -> Card:
    """The walks of the journey that has most of them."""
    words = edition.words
    records = edition.facts.table(without_filters(str(tile.rows))).records()
    if not records:
        return nothing(tile, words)
    journey = records[0]["journey"]
    flows = [
        Flow(str(r["from_touchpoint"]), str(r["to_touchpoint"]), int(str(r["transitions"])))
        for r in records
        if r["journey"] == journey
    ]
    beside = table.card(tile, edition)
    drawing = picture(
        flows,
        start=START,
        ends=ENDS,
        names=lambda node: _name(node, words),
        number=words.short,
        is_mirrored=words.direction == "rtl",
    )
    return replace(beside, context={**beside.context, "picture": drawing})


def _name(node: str, words: Words) -> str:
    if node == START or node in ENDS:
        return words.t(f"paths.{node.strip('()')}")
    return words.name_of(node)
