"""One module a kind of tile: each makes a `Card` of a description and a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from publishing.dashboards import Tile
from publishing.site.card import Card, Edition
from publishing.site.cards import (
    accounts,
    bars,
    catalogue,
    checks,
    cohorts,
    freshness,
    kpi,
    lines,
    multiples,
    paths,
    ranking,
    scorecard,
    scores,
    stages,
    table,
    trend,
)

KINDS: Mapping[str, Callable[[Tile, Edition], Card]] = {
    "accounts": accounts.card,
    "bars": bars.card,
    "catalogue": catalogue.card,
    "checks": checks.card,
    "cohorts": cohorts.card,
    "freshness": freshness.card,
    "kpi": kpi.card,
    "lines": lines.card,
    "multiples": multiples.card,
    "paths": paths.card,
    "ranking": ranking.card,
    "scorecard": scorecard.card,
    "scores": scores.card,
    "stages": stages.card,
    "table": table.card,
    "trend": trend.card,
}


def card_of(tile: Tile, edition: Edition) -> Card:
    """The card of a tile."""
    return KINDS[tile.kind](tile, edition)
