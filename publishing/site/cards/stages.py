"""The stages in the order of the journey, each with its score on every measure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from publishing.dashboards import Tile
from publishing.site.card import Card, Edition, described, nothing
from publishing.site.cards.scores import by_member, scales_of, score_of
from publishing.site.facts import StagePlace, table_of


def card(tile: Tile, edition: Edition) -> Card:
    facts, words = edition.facts, edition.words
    scales = scales_of(tile.metrics, facts)
    found = {s.measure.metric: by_member(s, str(tile.dimension), facts) for s in scales}
    if not any(found.values()):
        return nothing(tile, words)
    stages = _in_order(facts.stages(), found.values(), tile.options["usual_order"])
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


def _in_order(
    designed: Mapping[str, StagePlace], found: Iterable[Iterable[str]], usual: Sequence[str]
) -> list[str]:
    """Stages of the touchpoints and those that answers name: by journey, then as is usual."""
    met = {stage for members in found for stage in members if stage != "unknown"}

    def place(stage: str) -> tuple[bool, str, int, int, str]:
        at = designed.get(stage, StagePlace(journey=None, position=None))
        by_use = usual.index(stage) if stage in usual else len(usual)
        return (at.journey is None, at.journey or "", at.position or 0, by_use, stage)

    return sorted(met | set(designed), key=place)
