"""Curves, bars with intervals, and what the pages that use them say of a known snapshot."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from publishing import site
from publishing.dashboards import Column, Tile, load_dashboards
from publishing.site import charts, pictures
from publishing.site.card import Card, Edition
from publishing.site.cards import card_of
from publishing.site.charts import Curve, CurvePoint
from publishing.site.facts import Facts
from publishing.site.pictures import Point
from publishing.site.words import MINUS, Words
from tests.publishing.site import snapshots

LABEL = {"en": "Label", "fa": "برچسب", "ar": "تسمية"}


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edition]:
    serving = snapshots.empty(tmp_path_factory.mktemp("curves") / "serving.duckdb")
    facts = Facts(serving)
    yield Edition(facts, Words("en"), date(2026, 6, 30), snapshots.NOW)
    facts.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    serving = snapshots.full(folder / "serving.duckdb")
    site.build(serving, out=folder / "site", brand="B", now=snapshots.NOW)
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("site/*.html")}


def _text(html: str) -> str:
    body = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def _column(name: str, shown_as: str, **more: Any) -> Column:
    return Column(name=name, shown_as=shown_as, label=LABEL, **more)


def _lines(rows: str, **options: Any) -> Tile:
    return Tile(
        key="curves",
        kind="lines",
        width=6,
        title=LABEL,
        empty={**LABEL, "en": "Needs two points."},
        rows=rows,
        columns=(
            _column("name", "member"),
            _column("x", "number"),
            _column("y", "rate", low="low", high="high"),
        ),
        options={"x": "x", "y": "y", "by": "name"} | options,
    )


def _bars(rows: str, **options: Any) -> Tile:
    measured = _column("value", "number", low="low", high="high", bar=True)
    return replace(
        _lines(rows),
        kind="bars",
        empty={**LABEL, "en": "Needs a value."},
        columns=(_column("name", "member"), measured),
        options=options,
    )


def _drawn(card: Card) -> str:
    return json.dumps(card.charts)


_TWO_CURVES = """
    select *
    from (values
        ('b', 2, 0.4, 0.3, 0.5), ('b', 1, 0.8, 0.7, 0.9), ('a', 1, 0.6, null, null),
        ('a', 2, null, null, null), ('a', 3, 0.2, null, null)
    ) as rows (name, x, y, low, high)
"""


def test_curves_keep_the_order_of_the_rows_and_each_its_axis(edition: Edition) -> None:
    card = card_of(_lines(_TWO_CURVES), edition)
    assert [name for name, _ in card.context["keys"]] == ["B", "A"]
    assert card.context["rows"][:2] == [
        ("B", "1.00", "80.0%", "70.0% to 90.0%"),
        ("B", "2.00", "40.0%", "30.0% to 50.0%"),
    ]


def test_gap_of_a_curve_is_told_and_not_drawn_as_zero(edition: Edition) -> None:
    card = card_of(_lines(_TWO_CURVES), edition)
    assert ("A", "2.00", "Not shown", "") in card.context["rows"]
    assert '"v": null' in _drawn(card)
    assert '"defined"' in _drawn(card)


def test_second_curve_is_dashed_so_that_colour_is_not_needed(edition: Edition) -> None:
    card = card_of(_lines(_TWO_CURVES), edition)
    first, second = (str(stroke) for _, stroke in card.context["keys"])
    assert "dasharray" not in first
    assert "dasharray" in second
    assert '"strokeDash": {"value": [7, 4]}' in _drawn(card)


def test_survival_goes_in_steps(edition: Edition) -> None:
    assert "step-after" in _drawn(card_of(_lines(_TWO_CURVES, steps=True), edition))
    assert "step-after" not in _drawn(card_of(_lines(_TWO_CURVES), edition))


def test_one_point_is_no_curve(edition: Edition) -> None:
    card = card_of(_lines("select 'a' as name, 1 as x, 0.5 as y, 0.4 as low, 0.6 as high"), edition)
    assert card.empty == "Needs two points."


def test_fifth_curve_is_left_to_the_download(edition: Edition) -> None:
    names = ", ".join(f"('c{i}', {x}, 0.5, 0.4, 0.6)" for i in range(6) for x in (1, 2))
    rows = f"select * from (values {names}) as rows (name, x, y, low, high)"
    card = card_of(_lines(rows), edition)
    assert len(card.context["keys"]) == 4
    assert "2 more curves are in the download." in card.note
    assert card.table is not None
    assert len(card.table.rows) == 12


def test_axis_that_does_not_start_at_zero_says_so(edition: Edition) -> None:
    def note(low: float) -> str:
        rows = f"""
            select 'a' as name, x, {low} + x * x * 0.01 as y, null as low, null as high
            from (values (1), (2)) as places (x)
        """
        return card_of(_lines(rows), edition).note

    assert "does not start at zero" in note(0.8)
    assert note(0.001) == ""


def test_month_stands_on_its_first_day(edition: Edition) -> None:
    tile = _lines(
        """
        select date '2026-01-01' as x, 'a' as name, 0.5 as y, 0.4 as low, 0.6 as high
        union all
        select date '2026-02-01', 'a', 0.6, 0.5, 0.7
        """
    )
    name, _, y = tile.columns
    card = card_of(replace(tile, columns=(name, _column("x", "month"), y)), edition)
    assert '"Jan 2026\\", \\"Feb 2026' in _drawn(card)
    assert str(date(2026, 1, 1).toordinal()) in _drawn(card)


@pytest.mark.parametrize(
    ("low", "high", "values"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (0.62, 0.78, [0.65, 0.7, 0.75]), (3, 3, [3])],
)
def test_axes_have_round_values(low: float, high: float, values: list[float]) -> None:
    assert charts.round_values(low, high) == values


def test_axis_starts_at_zero_where_zero_is_near() -> None:
    def curve(low: float) -> list[Curve]:
        return [Curve("", (CurvePoint(1, 10.0, low, 12.0, "", "", "", ""),))]

    assert charts.room(curve(2.0))[0] == 0
    assert charts.room(curve(9.0))[0] > 8


def test_thinned_curve_keeps_its_ends() -> None:
    points = [CurvePoint(i, 1.0, None, None, "", "", "", "") for i in range(1000)]
    kept = charts.thinned(points, 100)
    assert len(kept) <= 101
    assert (kept[0].x, kept[-1].x) == (0, 999)


_DIFFERENCES = """
    select *
    from (values
        ('gain', 0.2, 0.1, 0.3), ('chance', 0.1, -0.1, 0.3), ('loss', -0.2, -0.3, -0.1),
        ('hidden', null, null, null)
    ) as rows (name, value, low, high)
"""


def test_only_a_difference_beyond_chance_takes_a_colour(edition: Edition) -> None:
    card = card_of(_bars(_DIFFERENCES, better="higher"), edition)
    tones = {
        row.name: re.search(r"fill-(\w+)", str(row.picture)).group(1)  # type: ignore[union-attr]
        for row in card.context["rows"]
        if row.value
    }
    assert tones == {"Gain": "better", "Chance": "mid", "Loss": "worse"}
    lower = card_of(_bars(_DIFFERENCES, better="lower"), edition)
    assert "fill-worse" in str(lower.context["rows"][0].picture)


def test_magnitudes_have_no_verdict_and_no_value_is_no_bar(edition: Edition) -> None:
    rows = card_of(_bars(_DIFFERENCES), edition).context["rows"]
    assert all("fill-mid" in str(row.picture) for row in rows[:3])
    assert rows[3].value == ""
    assert "hatch" in str(rows[3].picture)
    assert rows[2].value == f"{MINUS}0.20"


def test_bars_without_any_value_say_what_is_missing(edition: Edition) -> None:
    card = card_of(
        _bars("select 'a' as name, null::double as value, null as low, null as high"), edition
    )
    assert card.empty == "Needs a value."


def test_whisker_starts_at_zero_on_either_side() -> None:
    left = str(pictures.whisker(Point(-1, -2, -0.5), domain=(-2, 2)))
    right = str(pictures.whisker(Point(1, 0.5, 2), domain=(-2, 2)))
    assert 'x="25.00%"' in left and 'width="25.00%"' in left
    assert 'x="50.00%"' in right
    assert "wh-zero" in left
    magnitude = str(pictures.whisker(Point(1, 0.5, 2), domain=(0, 2)))
    assert "wh-zero" not in magnitude
    # the page turns magnitudes round for readers from the right, and never a line of numbers
    assert "hbar" in magnitude and "hbar" not in left


def test_every_unit_of_the_metrics_is_written_in_its_own_way() -> None:
    """Complaints per 1,000 orders stood as 46.95 beside an interval of 38.70 to 56.42."""
    contract = yaml.safe_load((snapshots.REPORTS / "rpt_metrics.yml").read_text(encoding="utf-8"))
    unit = next(c for c in contract["models"][0]["columns"] if c["name"] == "unit")
    units = unit["data_tests"][0]["accepted_values"]["arguments"]["values"]
    words = Words("en")
    written = {name: words.amount(46.94, name) for name in units}
    assert written == {"points": "47", "rate": "4,694.0%", "score": "46.94", "per_thousand": "46.9"}
    assert words.interval(38.7, 56.42, "per_thousand") == "38.7 to 56.4"
    assert words.change(11.91, "per_thousand") == "+11.9"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (10_800, "seconds", "3 hours"),
        (70_984, "seconds", "20 hours"),
        (5.636, "money", "5.64"),
        (597_112.3, "money", "597,112"),
    ],
)
def test_times_and_money_are_written_as_such(value: float, unit: str, text: str) -> None:
    assert Words("en").amount(value, unit) == text


def test_measure_without_a_value_over_all_time_is_shown(tmp_path: Path) -> None:
    """Net revenue retention has months and years, and no `all`: its tile said not measured."""
    snapshot = snapshots.Snapshot(tmp_path / "serving.duckdb")
    snapshot.measure("net_revenue_retention", date(2026, 5, 1), scope="all", value=0.99)
    facts = Facts(snapshot.close())
    assert facts.best_scale("net_revenue_retention", ("all",)) == ("all", "all")
    facts.close()


def test_pages_tell_their_findings(pages: dict[str, str]) -> None:
    customers, service = _text(pages["customers"]), _text(pages["service"])
    assert "1 of our best buyers have gone quiet; they have brought in 250" in customers
    assert "Half of the new buyers have stopped buying after 12 months" in customers
    assert "A customer has brought in 360 after a year, 48.00 of it margin" in customers
    assert "40.0% of detractors stop buying afterwards, 20.0% of promoters" in customers
    assert "settles least at the first contact: 70.0%" in service
    assert "In Jun 2026, half of the tickets had a human reply within 6 hours" in service
    assert "solved after 24 hours, nine in ten after 2 days" in service
    programme = _text(pages["programme"])
    assert "30.0% answer the first invitation of a year, 20.0% the sixth and later" in programme
    assert "50.0% of the people we deal with were ever asked" in programme


def test_company_without_segments_has_one_curve(tmp_path: Path) -> None:
    snapshot = snapshots.Snapshot(tmp_path / "serving.duckdb")
    for group_name, member in (("all", "all"), ("segment", "unknown")):
        for days, survival in ((0.0, 1.0), (365.0, 0.5)):
            snapshot.insert(
                "marts.rpt_survival",
                what="retention",
                event="inactivity",
                group_name=group_name,
                member=member,
                time=days,
                survival=survival,
                n=50,
                median=365.0,
            )
    facts = Facts(snapshot.close())
    customers = next(d for d in load_dashboards() if d.key == "customers")
    tile = next(t for t in customers.tiles if t.key == "still_buying")
    card = card_of(tile, Edition(facts, Words("en"), date(2026, 6, 30), snapshots.NOW))
    assert card.empty == ""
    assert card.title == "Half of the new buyers have stopped buying after 12 months"
    assert [row[:3] for row in card.context["rows"]] == [
        ("All", "0.00", "100.0%"),
        ("All", "11.99", "50.0%"),
    ]
    facts.close()


def test_page_without_its_measures_tells_what_else_it_has(pages: dict[str, str]) -> None:
    """A page with surveys but no rate of the month was headed that there is nothing to show."""
    headline = re.search(r"<h1>(.*?)</h1>", pages["programme"], flags=re.DOTALL)
    assert headline is not None
    assert "is answered least: 25.0% of those asked" in _text(headline.group(1))


def test_columns_for_the_finding_alone_are_not_in_the_table(edition: Edition) -> None:
    tile = Tile(
        key="t",
        kind="table",
        width=6,
        title=LABEL,
        finding={**LABEL, "en": "Half of {name}: {half}"},
        empty=LABEL,
        rows="select 'a' as name, 2 as half",
        columns=(_column("name", "member"), _column("half", "count", hidden=True)),
    )
    card = card_of(tile, edition)
    assert card.title == "Half of A: 2"
    assert [len(row) for row in card.context["rows"]] == [1]


def test_finding_that_lacks_a_value_is_not_told(pages: dict[str, str]) -> None:
    """No order has a due date in the snapshot, so the promises have no finding to tell."""
    assert "keep the last promise" not in _text(pages["delivery"])


def test_what_moved_the_score_adds_up_with_those_too_small_to_show(tmp_path: Path) -> None:
    """The pooled row was left out: another was said to have moved it most, and the rows that add up
    to the change did not."""
    snapshot = snapshots.Snapshot(tmp_path / "serving.duckdb")
    quarter = {"scope": "relational", "grain": "quarter"}
    snapshot.measure("nps", date(2026, 4, 1), value=12.0, **quarter)
    for member, part, is_suppressed in (("consumer", 2.76, False), ("suppressed", -5.22, True)):
        snapshot.insert(
            "marts.rpt_score_changes",
            metric="nps",
            scope="relational",
            scale_id="nps",
            period_grain="quarter",
            period_start=date(2026, 4, 1),
            dimension="segment",
            member=member,
            part=part,
            is_suppressed=is_suppressed,
            value_of_whole=12.0,
            previous_value_of_whole=14.46,
        )
    facts = Facts(snapshot.close())
    summary = next(d for d in load_dashboards() if d.key == "summary")
    tile = next(t for t in summary.tiles if t.key == "why")
    card = card_of(tile, Edition(facts, Words("en"), date(2026, 6, 30), snapshots.NOW))
    assert card.table is not None
    assert round(sum(row["part"] for row in card.table.records()), 2) == -2.46
    assert card.title == (
        "Groups too small to show moved it most, by \N{MINUS SIGN}5.22 points; "
        "all together moved it \N{MINUS SIGN}2.46"
    )
    facts.close()
