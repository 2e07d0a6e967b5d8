"""Small lines by quarter, of the members with the most answers, all on one scale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from publishing.dashboards import Tile
from publishing.site import charts
from publishing.site.card import Card, Edition, described, nothing
from publishing.site.cards.scores import Scale, scales_of
from publishing.site.facts import MetricRow, table_of
from publishing.site.measures import over


def card(tile: Tile, edition: Edition) -> Card:
    words = edition.words
    scale = next(iter(scales_of(tile.metrics, edition.facts)), None)
    lines = _lines(tile, scale, edition) if scale else {}
    if scale is None or not lines:
        return nothing(tile, words, words.t("multiples.nothing"))
    drawn = sorted(lines, key=lambda member: (-sum(r.n or 0 for r in lines[member]), member))
    small: list[dict[str, Any]] = []
    specs: dict[str, Mapping[str, Any]] = {}
    for index, member in enumerate(drawn[: tile.options["most"]]):
        name = f"{tile.key}-{index}"
        last = next(row for row in reversed(lines[member]) if row.value is not None)
        small.append(
            {
                "chart": name,
                "name": words.name_of(member),
                "value": words.amount(last.value or 0, last.unit_shown, 0),
                "label": words.t("multiple.label", name=words.name_of(member)),
            }
        )
        specs[name] = charts.small(lines[member], words, domain=scale.measure.domain)
    titles = {
        "title": words.t("multiples.title", name=words.text(scale.measure.name)),
        "subtitle": words.t("multiples.sub", unit=words.text(scale.measure.unit)),
        "definition": scale.measure.metric,
    }
    return Card(
        **described(tile, words) | titles,
        context={"small": small},
        charts=specs,
        table=table_of([row for member in drawn for row in lines[member]]),
    )


def _lines(tile: Tile, scale: Scale, edition: Edition) -> dict[str, list[MetricRow]]:
    """The periods of each member that has a line, by quarter, or by year where none has."""
    for grain in ("quarter", "year"):
        lines: dict[str, list[MetricRow]] = defaultdict(list)
        rows = edition.facts.members(
            scale.measure.metric,
            scale.scope,
            scale.scale_id,
            dimension=str(tile.dimension),
            grain=grain,
        )
        for row in over(rows, as_of=edition.as_of):
            lines[row.member].append(row)
        with_line = {member: line for member, line in lines.items() if _has_line(line)}
        if with_line:
            return with_line
    return {}


def _has_line(line: Sequence[MetricRow]) -> bool:
    return sum(row.value is not None for row in line) >= 2
