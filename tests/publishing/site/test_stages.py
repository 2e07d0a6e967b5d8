"""The stages of the journey, in the order in which the tenant designed it."""

from __future__ import annotations

from pathlib import Path

from publishing.dashboards import load_dashboards
from publishing.site.card import Card, Edition
from publishing.site.cards import card_of
from publishing.site.facts import Facts
from publishing.words import Words
from tests.publishing.site import snapshots


def _card(snapshot: snapshots.Snapshot) -> Card:
    (tile,) = [t for d in load_dashboards() for t in d.tiles if t.kind == "stages"]
    facts = Facts(snapshot.close())
    card = card_of(tile, Edition(facts, Words("en"), snapshots.AS_OF.date(), snapshots.NOW))
    facts.close()
    return card


def test_stages_of_ones_own_appear_in_the_order_of_their_journey(tmp_path: Path) -> None:
    """Seven names were written into the dashboard: a tenant with stages of its own saw blanks."""
    snapshot = snapshots.Snapshot(tmp_path / "serving.duckdb")
    for touchpoint, stage, journey, position in (
        ("ad", "discover", "joining", 1),
        ("trial", "try_out", "joining", 2),
        ("contract", "agree", "joining", 3),
        ("call", "support", None, None),
        ("bill", "advocacy", None, None),
    ):
        snapshot.insert(
            "marts.dim_touchpoints",
            touchpoint=touchpoint,
            stage=stage,
            journey=journey,
            stage_position=position,
        )
    for stage in ("agree", "try_out", "unknown", "met_in_answers_only"):
        snapshot.measure("csat", None, grain="all", dimension="stage", member=stage)
    snapshot.measure("csat", None, grain="all")
    card = _card(snapshot)
    assert card.context["names"] == [
        "Discover",
        "Try out",
        "Agree",
        "Support",
        "Advocacy",
        "Met in answers only",
    ]
    ((_, scores),) = [row for row in card.context["rows"] if any(cell.text for cell in row[1])]
    assert [bool(cell.text) for cell in scores] == [False, True, True, False, False, True]
