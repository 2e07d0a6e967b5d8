"""Who comes back: each cohort's share at every age, as a heat table."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, astuple
from datetime import date

from publishing.dashboards import Tile
from publishing.site.card import Card, Edition, described, nothing
from publishing.site.facts import CohortCell, Table
from publishing.words import Words

HEAT_STEPS = 6


def card(tile: Tile, edition: Edition) -> Card:
    wanted, words = tile.options, edition.words
    cells = edition.facts.cohorts(wanted["event"], wanted["rule"], wanted["period_grain"])
    if not cells:
        return nothing(tile, words)
    by_start: dict[date, dict[int, CohortCell]] = defaultdict(dict)
    for cell in cells:
        by_start[cell.cohort_start][cell.age] = cell
    starts = sorted(by_start)[-wanted["cohorts"] - 1 :]
    ages = range(1, wanted["ages"] + 1)
    shown = [c for s in starts for c in by_start[s].values() if c.age in ages and c.rate]
    highest = max((c.rate or 0 for c in shown if c.is_mature), default=0)
    return Card(
        **described(tile, words),
        context={
            "ages": [words.number(age) for age in ages],
            "rows": [
                (
                    words.period(start, wanted["period_grain"]),
                    words.number(next(iter(by_start[start].values())).cohort_size),
                    [_heat(by_start[start].get(age), highest, words) for age in ages],
                )
                for start in starts
            ],
        },
        table=Table(tuple(asdict(cells[0])), tuple(astuple(cell) for cell in cells)),
    )


def _heat(cell: CohortCell | None, highest: float, words: Words) -> tuple[str, str, str]:
    """A cell's text, its shade (a class) and its full wording."""
    if cell is None or cell.rate is None or not cell.is_mature:
        return "", "young", words.t("cohort.young")
    step = 0 if highest == 0 else min(HEAT_STEPS, round(cell.rate / highest * HEAT_STEPS))
    full = words.t(
        "cohort.cell",
        retained=words.number(cell.retained),
        mature=words.number(cell.mature),
        interval=words.interval(cell.ci_low or 0, cell.ci_high or 0, "rate"),
    )
    return words.amount(cell.rate, "rate", 0), f"heat-{step}", full
