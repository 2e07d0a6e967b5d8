"""The descriptions, and what docs/dashboards.md says of them."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import duckdb
import pytest
import yaml

from publishing.dashboards import (
    DescriptionError,
    description,
    load_dashboards,
    load_measures,
)
from publishing.site.card import Edition
from publishing.site.cards import KINDS, card_of
from publishing.site.facts import Facts
from publishing.site.measures import View, choose
from publishing.words import Words
from tests.publishing.site import snapshots

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "dashboards.md"
SEED = ROOT / "dbt_project" / "seeds" / "metric_catalogue.csv"
TEXT = DOCS.read_text(encoding="utf-8")


def test_every_page_is_told_in_the_docs() -> None:
    told = re.findall(r"^\| `([a-z_]+)` \|", TEXT, flags=re.MULTILINE)
    assert sorted(told) == sorted(dashboard.key for dashboard in load_dashboards())


@pytest.mark.parametrize("place", re.findall(r"`([a-z_]+#[a-z_]+)`", TEXT))
def test_every_named_place_is_there(place: str) -> None:
    page, tile = place.split("#")
    tiles = {d.key: {t.key for t in d.tiles} for d in load_dashboards()}
    assert tile in tiles[page]


def test_every_tile_says_where_it_is_defined() -> None:
    own_records = {"accounts", "checks", "freshness", "catalogue"}
    for dashboard in load_dashboards():
        for tile in dashboard.tiles:
            is_own_record = tile.kind in own_records or dashboard.key == "quality"
            assert tile.definition or is_own_record, f"{dashboard.key}.{tile.key}"


def test_the_tile_of_the_docs_is_drawn(tmp_path: Path) -> None:
    block = re.search(r"```yaml\n(.*?)```", TEXT, flags=re.DOTALL)
    assert block is not None
    (told,) = yaml.safe_load(block.group(1))
    tile = description._tile(told, Path("docs.yml"))
    serving = snapshots.full(tmp_path / "serving.duckdb")
    with duckdb.connect(str(serving)) as connection:
        connection.execute(
            "insert into marts.rpt_benchmark (kind, period_grain, reason, numerator) "
            "values ('switched_customers', 'all', 'moved', 7)"
        )
    facts = Facts(serving)
    edition = Edition(facts, Words("en"), snapshots.AS_OF.date(), snapshots.NOW)
    card = card_of(tile, edition)
    facts.close()
    assert card.empty == ""
    assert card.context["rows"][0].name == "Moved"


def test_every_measure_has_a_better_way() -> None:
    """A measure that the catalogue calls neither better nor worse would never show a verdict."""
    with SEED.open(encoding="utf-8", newline="") as seed:
        better = {row["metric"]: row["better"] for row in csv.DictReader(seed)}
    undecided = {m for m in load_measures() if better.get(m) not in ("higher", "lower")}
    assert undecided == set()


@pytest.mark.parametrize(("better", "verdict"), [("lower", "worse"), ("higher", "better")])
def test_which_way_is_better_says_the_catalogue(tmp_path: Path, better: str, verdict: str) -> None:
    snapshot = snapshots.Snapshot(tmp_path / "serving.duckdb")
    snapshot.define("reopen_rate", better=better)
    snapshot.measure("reopen_rate", date(2026, 5, 1), scope="all", change=0.1, is_significant=True)
    facts = Facts(snapshot.close())
    shown = choose(facts, load_measures()["reopen_rate"], as_of=snapshots.AS_OF.date())
    facts.close()
    assert shown.verdict == verdict


def test_a_member_is_shown_in_the_period_of_everybody(tmp_path: Path) -> None:
    """Side by side a member's good month and everybody's weak quarter would be no comparison."""
    snapshot = snapshots.Snapshot(tmp_path / "serving.duckdb")
    snapshot.define("csat")
    for grain, start, n in (
        ("quarter", date(2026, 1, 1), 900),
        ("quarter", date(2026, 4, 1), 900),
        ("month", date(2026, 5, 1), 880),
        ("month", date(2026, 6, 1), 20),
    ):
        snapshot.measure("csat", start, grain=grain, n=n, value=0.7)
        for member in ("loyal", "new")[: 1 if grain == "quarter" else 2]:
            snapshot.measure(
                "csat", start, grain=grain, n=n, value=0.9, dimension="segment", member=member
            )
    facts = Facts(snapshot.close())
    shown = {
        member: choose(
            facts,
            load_measures()["csat"],
            as_of=snapshots.AS_OF.date(),
            view=View(dimension=dimension, member=member),
        ).latest
        for dimension, member in (("all", "all"), ("segment", "loyal"), ("segment", "new"))
    }
    facts.close()
    periods = {
        member: row and (row.period_grain, row.period_start, row.value)
        for member, row in shown.items()
    }
    quarter = ("quarter", date(2026, 4, 1))
    assert periods == {"all": (*quarter, 0.7), "loyal": (*quarter, 0.9), "new": None}


def test_every_kind_of_the_schema_is_drawn() -> None:
    schema = yaml.safe_load((description.HERE / "dashboard.schema.json").read_text())
    kinds = schema["$defs"]["tile"]["properties"]["kind"]["enum"]
    assert set(KINDS) == set(kinds)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "pie"}, "tile nps, kind: 'pie' is not one of"),
        ({"metrics": ["npz"]}, "tile nps: npz is not in measures.yml"),
        ({"title": {"en": "Only English"}}, "tile nps, title: 'fa' is a required property"),
    ],
)
def test_a_wrong_description_says_what_is_wrong_where(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    told = {
        "dashboard": "mine",
        "position": 1,
        "title": {"en": "a", "fa": "b", "ar": "c"},
        "question": {"en": "a", "fa": "b", "ar": "c"},
        "tiles": [{"tile": "nps", "kind": "kpi", "metrics": ["nps"]} | change],
    }
    path = tmp_path / "mine.yml"
    path.write_text(yaml.safe_dump(told), encoding="utf-8")
    with pytest.raises(DescriptionError, match=re.escape(said)):
        description._dashboard(description._read(path, "dashboard"), path)
