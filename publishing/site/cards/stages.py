"""The stages in the order of the journey, each with its score on every measure."""

from __future__ import annotations

from publishing.dashboards import Tile
from publishing.site.card import Card, Edition, described, nothing
from publishing.site.cards.scores import by_member, scales_of, score_of
from publishing.site.facts import table_of


def card(tile: Tile, edition: Edition) -> Card:
    facts, words = edition.facts, edition.words
    stages = tile.options["stages"]
    scales = scales_of(tile.metrics, facts)
    found = {s.measure.metric: by_member(s, str(tile.dimension), facts) for s in scales}
    if not any(found.values()):
        return nothing(tile, words)
    return Card(
        **described(tile, words),
        context={
            "names": [words.name_of(stage) for stage in stages],
            "rows": [
                (
                    words.text(s.measure.name),
                    [score_of(found[s.measure.metric].get(stage), s, words) for stage in stages],
                )
                for s in scales
            ],
        },
        table=table_of([row for rows in found.values() for row in rows.values()]),
    )
