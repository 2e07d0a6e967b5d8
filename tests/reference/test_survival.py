"""Survival: published numbers through the SQL curve and the log-rank test, and its rules."""

from __future__ import annotations

import math
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.survival import log_rank

from .conftest import SqlProject

Cases = dict[str, dict[str, Any]]
Unit = tuple[int, bool, int | None]
UNITS = st.lists(
    st.tuples(st.integers(0, 12), st.booleans(), st.one_of(st.none(), st.integers(0, 6))),
    min_size=1,
    max_size=40,
)
Z_95 = 1.959963984540054


def curve_of(
    project: SqlProject, connection: duckdb.DuckDBPyConnection, units: list[Unit]
) -> list[dict[str, Any]]:
    """The rows of one group's curve, by time."""
    connection.execute(
        "create or replace table units (member integer, duration double, event boolean, "
        "entry double)"
    )
    connection.executemany("insert into units values (1, ?, ?, ?)", units)
    query = project.macro("kaplan_meier", "units", ["member"], "duration", "event", "entry")
    found = connection.sql(f"select * from ({query}) order by duration")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def median_of(
    project: SqlProject, connection: duckdb.DuckDBPyConnection, curve: str = "survival"
) -> float | None:
    """The median of the curve drawn last."""
    query = project.macro("kaplan_meier", "units", ["member"], "duration", "event", "entry")
    median = project.macro("time_by_which", 0.5, curve)
    row = connection.sql(f"select {median} from ({query})").fetchone()
    assert row is not None
    return None if row[0] is None else float(row[0])


def test_curve_of_the_6_mp_arm(
    cases: Cases, project: SqlProject, connection: duckdb.DuckDBPyConnection
) -> None:
    case = cases["km-6mp"]
    units = [
        (time, bool(event), None)
        for time, event in zip(case["inputs"]["t"], case["inputs"]["event"], strict=True)
    ]
    rows = {row["duration"]: row for row in curve_of(project, connection, units)}
    for time, expected in case["expected"]["S"].items():
        row = rows[int(time)]
        print(f"S({time}): expected {expected}, got {row['survival']}")
        assert row["survival"] == pytest.approx(expected, abs=case["tolerance"])
        # Greenwood's standard error, out of the interval on the scale log(-log S)
        width = math.log(-math.log(row["ci_low"])) - math.log(-math.log(row["ci_high"]))
        error = width / (2 * Z_95) * row["survival"] * -math.log(row["survival"])
        print(f"se({time}): expected {case['expected']['se'][time]}, got {error}")
        assert error == pytest.approx(case["expected"]["se"][time], abs=case["tolerance"])
    assert median_of(project, connection) == case["expected"]["median"]
    # R: survfit(Surv(t, event) ~ 1, conf.type = "log-log") prints 13 and NA
    assert median_of(project, connection, "ci_low") == 13
    assert median_of(project, connection, "ci_high") is None


def test_log_rank_of_6_mp_and_placebo(cases: Cases) -> None:
    treated, case = cases["km-6mp"]["inputs"], cases["km-logrank-6mp"]
    placebo = case["inputs"]["placebo"]
    result = log_rank(
        [*treated["t"], *placebo],
        [*treated["event"], *[1] * len(placebo)],
        ["6-MP"] * len(treated["t"]) + ["placebo"] * len(placebo),
    )
    expected = case["expected"]
    print(f"expected {expected}, got {result}")
    assert result.chi2 == pytest.approx(expected["chi2"], abs=case["tolerance"])
    assert result.p == pytest.approx(expected["p"], rel=1e-3)
    assert result.observed[0] == expected["O_6mp"]
    assert result.expected[0] == pytest.approx(expected["E_6mp"], abs=0.005)


@pytest.mark.parametrize(
    ("name", "event"),
    [("no_censor", [1] * 6), ("censor status 1,0,1,1,0,1", [1, 0, 1, 1, 0, 1])],
)
def test_log_rank_of_six_subjects(cases: Cases, name: str, event: list[int]) -> None:
    case = cases["logrank-tiny"]
    result = log_rank(case["inputs"]["t"], event, case["inputs"]["g"])
    print(f"{name}: expected {case['expected'][name]}, got {result}")
    assert result.chi2 == pytest.approx(case["expected"][name]["chi2"], abs=case["tolerance"])
    assert result.p == pytest.approx(case["expected"][name]["p"], abs=case["tolerance"])


def test_who_enters_late_is_at_risk_after(
    project: SqlProject, connection: duckdb.DuckDBPyConnection
) -> None:
    """At 2 the one who enters then is not at risk yet; who enters as it leaves never was."""
    units: list[Unit] = [
        (5, True, 2),
        (5, False, 0),
        (3, True, None),
        (2, True, None),
        (4, True, 4),
    ]
    rows = {row["duration"]: row for row in curve_of(project, connection, units)}
    assert {time: rows[time]["at_risk"] for time in (2, 3, 5)} == {2: 3, 3: 3, 5: 2}
    assert rows[5]["survival"] == pytest.approx(2 / 3 * 2 / 3 * 1 / 2)


def test_median_is_not_reached_by_half_less_a_bit(
    project: SqlProject, connection: duckdb.DuckDBPyConnection
) -> None:
    """2/3 x 3/4 is one half, whatever the last bit of the product says."""
    curve_of(project, connection, [(1, True, None)] + [(9, False, None)] * 2)
    assert median_of(project, connection) is None
    curve_of(project, connection, [(1, True, None), (2, True, None), (3, False, None)])
    assert median_of(project, connection) == 2
    units: list[Unit] = [(time, True, None) for time in (1, 2, 3)] + [(9, False, None)] * 3
    curve_of(project, connection, units)
    assert median_of(project, connection) == 3


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(units=UNITS, random=st.randoms())
def test_curve_stays_between_0_and_1_and_never_rises(
    project: SqlProject, connection: duckdb.DuckDBPyConnection, units: list[Unit], random: Any
) -> None:
    rows = curve_of(project, connection, units)
    survival = [row["survival"] for row in rows]
    assert survival == sorted(survival, reverse=True)
    assert all(0 <= value <= 1 for value in survival)
    for row in rows:
        assert row["at_risk"] >= row["events"]
        if row["ci_low"] is not None:
            assert 0 <= row["ci_low"] <= row["survival"] <= row["ci_high"] <= 1
    shuffled = list(units)
    random.shuffle(shuffled)
    assert curve_of(project, connection, shuffled) == rows


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(units=UNITS)
def test_curve_is_the_product_over_the_units(
    project: SqlProject, connection: duckdb.DuckDBPyConnection, units: list[Unit]
) -> None:
    """Against the definition, unit by unit."""
    seen = [unit for unit in units if unit[2] is None or unit[2] < unit[0]]
    product = 1.0
    for row in curve_of(project, connection, units):
        time = row["duration"]
        at_risk = sum(1 for t, _, entry in seen if t >= time and (entry is None or entry < time))
        events = sum(1 for t, event, _ in seen if t == time and event)
        if events:
            product *= 1 - events / at_risk
            assert row["at_risk"] == at_risk
        assert row["survival"] == pytest.approx(product, abs=1e-12)
