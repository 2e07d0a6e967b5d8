"""rpt_metrics against a second computation, written from the definitions and row by row.

The models reach their numbers by sums that are shared between metrics, members and periods; here
every number is computed from the answers themselves, slowly and in another language.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pytest
from scipy import stats

from .conftest import SqlProject

MODELS = (
    "units",
    "series",
    "members",
    "period_days",
    "periods",
    "unit_members",
    "unit_periods",
    "day_counts",
    "person_sums",
    "person_counts",
    "totals",
    "disclosures",
)
AS_OF = datetime(2025, 4, 20, 12)  # noqa: DTZ001 - the marts hold UTC without a zone
MIN_CELL = 5
Z = stats.norm.ppf(0.975)


@dataclass(frozen=True)
class Answer:
    """One made-up answer."""

    key: int
    person: int
    at: datetime
    scope: str
    metric: str
    score: int
    channel: str | None
    weight: float | None


def made_up_answers() -> list[Answer]:
    random = np.random.default_rng(11)
    answers = []
    for key in range(900):
        metric = str(random.choice(["nps", "csat"]))
        scope = str(random.choice(["relational", "transactional"]))
        at = datetime(2025, 1, 1) + timedelta(minutes=int(random.integers(0, 110 * 1440)))  # noqa: DTZ001
        # csat of a relational kind is weighted from February on
        is_weighted = metric == "csat" and scope == "relational" and at.month >= 2
        answers.append(
            Answer(
                key=key,
                person=int(random.integers(0, 120)),
                at=at,
                scope=scope,
                metric=metric,
                score=int(random.integers(0, 11) if metric == "nps" else random.integers(1, 6)),
                channel=[None, "email", "sms", "phone"][
                    int(random.choice(4, p=[0.05, 0.75, 0.15, 0.05]))
                ],
                weight=round(float(random.uniform(0.3, 3)), 6) if is_weighted else None,
            )
        )
    return answers


def category(answer: Answer) -> str:
    if answer.metric == "nps":
        return "promoter" if answer.score >= 9 else "detractor" if answer.score <= 6 else "passive"
    return "top" if answer.score >= 4 else "bottom" if answer.score <= 2 else "middle"


def create_inputs(connection: duckdb.DuckDBPyConnection, answers: list[Answer]) -> None:
    connection.execute("""
        create table fct_survey_responses (
            answer_key bigint, response_id varchar, question_id varchar, survey_id varchar,
            source_system varchar, person_key bigint, touchpoint varchar, stage varchar,
            environment varchar, metric varchar, scope varchar, scale_id varchar, score double,
            category varchar, is_headline boolean, is_counted boolean, brand varchar,
            responded_at timestamp, period_at timestamp, channel varchar, device varchar,
            language varchar, segment varchar, persona varchar, country varchar, team varchar,
            weight double
        )
    """)
    connection.executemany(
        "insert into fct_survey_responses by position values (?, ?, ?, 's', 'files', ?, null, null,"
        " null, ?, ?, ?, ?, ?, true, true, null, ?, ?, ?, null, null, null, null, null, null, ?)",
        [
            (
                a.key,
                str(a.key),
                a.metric,
                a.person,
                a.metric,
                a.scope,
                a.metric,
                a.score,
                category(a),
                a.at,
                a.at,
                a.channel,
                a.weight,
            )
            for a in answers
        ],
    )
    connection.execute(f"""
        create table int_as_of as select timestamp '{AS_OF}' as as_of;
        create table ref_scales as
            from (values ('nps', 0e0, 10e0, 1e0), ('csat', 1e0, 5e0, 1e0))
            as scales (scale_id, min, max, step);
        create table ref_targets as
            from (values ('nps', 'relational', 40e0, null::double, null::double))
            as targets (metric, scope, target, alert_below, alert_above);
        create table ref_journeys (quit_after_days double);
        create table ref_questions (
            source_system varchar, survey_id varchar, question_id varchar, touchpoint varchar,
            is_expectation_of varchar, in_force_from timestamp, in_force_until timestamp
        );
        create table survey_weights (answer_key bigint, weighting varchar, weight double);
        -- answers are no ratios of money: this part of rpt_metrics stays empty
        create table int_ratios_subscriptions (
            metric varchar, period_grain varchar, period_start date, previous_start date,
            is_provisional boolean, unit_key bigint, segment varchar, persona varchar,
            country varchar, x decimal(18, 4), y decimal(18, 4)
        );
        create table ratio_intervals (
            metric varchar, period_grain varchar, period_start date, dimension varchar,
            member varchar, ci_low double, ci_high double
        );
    """)


@pytest.fixture(scope="module")
def answers() -> list[Answer]:
    return made_up_answers()


@pytest.fixture(scope="module")
def published(answers: list[Answer]) -> Iterator[list[dict[str, Any]]]:
    project = SqlProject(min_cell=MIN_CELL)
    project.environment.globals["metric_families"] = lambda: ["answers"]
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        create_inputs(connection, answers)
        text = project.model("intermediate/metrics/units/int_units_answers.sql")
        connection.execute(f"create view int_units_answers as {text}")
        for name in MODELS:
            kind = "view" if name == "unit_periods" else "table"
            text = project.model(f"intermediate/metrics/int_metric_{name}.sql")
            connection.execute(f"create {kind} int_metric_{name} as {text}")
        text = project.model("intermediate/metrics/ratios/int_metric_ratios.sql")
        connection.execute(f"create table int_metric_ratios as {text}")
        result = connection.sql(project.model("marts/reports/rpt_metrics.sql"))
        names = result.columns
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        yield [row for row in rows if row["dimension"] in ("all", "channel")]


# ------------------------------------------------------------------ the second computation


def bounds(grain: str, start: date) -> tuple[date, date]:
    """First day of the period and of the one after it."""
    if grain == "all":
        return date.min, date.max
    if grain == "month":
        return start, (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    return start, start + timedelta(days={"day": 1, "week": 7, "rolling_28d": 28}[grain])


def chosen(answers: list[Answer], metric: str, scope: str, start: date, end: date) -> list[Answer]:
    """The answers that count in a period: all, or the last one of each person."""
    inside = [
        a for a in answers if a.metric == metric and a.scope == scope and start <= a.at.date() < end
    ]
    if scope == "transactional":
        return inside
    last: dict[int, Answer] = {}
    for answer in sorted(inside, key=lambda a: (a.at, a.key)):
        last[answer.person] = answer
    return list(last.values())


def coded(metric: str, answer: Answer) -> float:
    if metric == "nps":
        return (answer.score >= 9) - (answer.score <= 6)
    return float(answer.score >= 4) if metric == "csat" else float(answer.score)


@dataclass(frozen=True)
class Score:
    """A mean of coded answers with what its interval needs."""

    mean: float
    v: float
    variance: float
    n_effective: float
    persons: int
    influence: dict[int, float]


def score_of(metric: str, scope: str, answers: list[Answer], *, is_weighted: bool) -> Score:
    w = np.array([a.weight if is_weighted else 1.0 for a in answers], dtype=float)
    y = np.array([coded(metric, a) for a in answers])
    mean = float((w * y).sum() / w.sum())
    v = float((w * (y - mean) ** 2).sum() / w.sum())
    influence: dict[int, float] = defaultdict(float)
    for answer, weight, value in zip(answers, w, y, strict=True):
        influence[answer.person] += weight * (value - mean) / w.sum()
    persons = len(influence)
    spread = sum(u * u for u in influence.values())
    variance = persons / (persons - 1) * spread if persons > 1 else math.nan
    kish = float(w.sum() ** 2 / (w * w).sum())
    if scope == "relational":
        n_effective = kish
    elif len(set(y)) == 1:
        n_effective = persons
    elif persons == 1:
        n_effective = math.nan
    else:
        n_effective = min(v / variance, kish) if variance > 0 else kish
    return Score(mean, v, variance, n_effective, persons, influence)


def compared_by(metric: str, s: Score) -> tuple[float, float]:
    """Mean and variance with the pseudo-answers of Rocks (NPS) and Agresti and Caffo (shares)."""
    n = s.n_effective
    if metric == "csat_mean":
        return s.mean, sum(u * u for u in s.influence.values())
    if metric == "csat":
        p = (s.mean * n + 1) / (n + 2)
        return p, p * (1 - p) / (n + 2)
    promoters, detractors = (s.v + s.mean**2 + s.mean) / 2, (s.v + s.mean**2 - s.mean) / 2
    up, down = ((share * n + 0.75) / (n + 3) for share in (promoters, detractors))
    return up - down, (up + down - (up - down) ** 2) / (n + 3)


def interval(metric: str, s: Score) -> tuple[float, float]:
    if metric == "csat_mean":
        half = stats.t.ppf(0.975, s.persons - 1) * math.sqrt(s.variance)
        return s.mean - half, s.mean + half
    n = s.n_effective
    if metric == "csat":
        centre = (s.mean + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z / (1 + Z**2 / n) * math.sqrt(s.mean * (1 - s.mean) / n + Z**2 / (4 * n * n))
        return centre - half, centre + half
    square = s.v + s.mean**2
    p = ((square + s.mean) / 2 * n + 0.75) / (n + 3)
    d = ((square - s.mean) / 2 * n + 0.75) / (n + 3)
    half = Z * math.sqrt((p + d - (p - d) ** 2) / (n + 3))
    return max(100 * (p - d - half), -100), min(100 * (p - d + half), 100)


def members_of(dimension: str, answers: list[Answer]) -> dict[str, list[Answer]]:
    if dimension == "all":
        return {"all": answers}
    grouped = defaultdict(list)
    for answer in answers:
        grouped[answer.channel or "unknown"].append(answer)
    return grouped


def previous_start(grain: str, start: date) -> date:
    if grain == "month":
        return (start - timedelta(days=1)).replace(day=1)
    return start - (bounds(grain, start)[1] - start)


FIELDS = ("metric", "scope", "weighting", "period_grain", "period_start", "dimension")


@pytest.mark.parametrize("grain", ["all", "month", "week", "rolling_28d", "day"])
@pytest.mark.parametrize("scope", ["relational", "transactional"])
@pytest.mark.parametrize("metric", ["nps", "csat", "csat_mean"])
def test_every_number_is_the_slow_one(
    answers: list[Answer],
    published: list[dict[str, Any]],
    metric: str,
    scope: str,
    grain: str,
) -> None:
    rows = [
        row
        for row in published
        if (row["metric"], row["scope"], row["period_grain"]) == (metric, scope, grain)
    ]
    assert rows
    shown = {(*tuple(row[f] for f in FIELDS), row["member"]): row for row in rows}
    fact_metric = metric.removesuffix("_mean")
    compared = 0
    for key, row in shown.items():
        start, end = bounds(grain, row["period_start"])
        here = members_of(row["dimension"], chosen(answers, fact_metric, scope, start, end))[
            row["member"]
        ]
        if row["is_suppressed"]:
            assert row["value"] is row["n"] is row["ci_low"] is row["change"] is None
            continue
        assert row["n"] == len(here) >= MIN_CELL
        is_weighted = row["weighting"] == "given"
        s = score_of(metric, scope, here, is_weighted=is_weighted)
        factor = 100 if metric == "nps" else 1
        assert row["value"] == pytest.approx(factor * s.mean, rel=1e-11, abs=1e-11)
        assert row["n_persons"] == s.persons
        if s.persons > 1:
            assert row["n_effective"] == pytest.approx(s.n_effective, rel=1e-9)
            low, high = interval(metric, s)
            assert row["ci_low"] == pytest.approx(low, rel=1e-8, abs=1e-8)
            assert row["ci_high"] == pytest.approx(high, rel=1e-8, abs=1e-8)
        before = (
            shown.get((*key[:4], previous_start(grain, start), *key[5:]))
            if grain != "all"
            else None
        )
        if before is None or before["is_suppressed"]:
            assert row["change"] is row["change_p_value"] is None
            continue
        earlier = members_of(
            row["dimension"],
            chosen(answers, fact_metric, scope, *bounds(grain, before["period_start"])),
        )[row["member"]]
        e = score_of(metric, scope, earlier, is_weighted=is_weighted)
        assert row["previous_value"] == before["value"]
        assert row["change"] == pytest.approx(factor * (s.mean - e.mean), rel=1e-9, abs=1e-9)
        shared = sum(
            s.influence[person] * e.influence[person]
            for person in s.influence.keys() & e.influence.keys()
        )
        (mean, variance), (mean_before, variance_before) = (
            compared_by(metric, s),
            compared_by(metric, e),
        )
        spread = variance + variance_before - 2 * shared
        if spread > 1e-9 and min(s.persons, e.persons) > 1:
            z = (mean - mean_before) / math.sqrt(spread)
            assert row["change_p_value"] == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-7)
            compared += 1
    assert compared > 0 or grain in ("all", "day")


def test_suppression_is_the_written_rule(
    answers: list[Answer], published: list[dict[str, Any]]
) -> None:
    """Small members are hidden; one hidden alone takes the next smallest with it."""
    families = defaultdict(list)
    for row in published:
        if row["period_grain"] in ("week", "month", "all") and row["metric"] == "nps":
            families[tuple(row[f] for f in FIELDS)].append(row)
    hidden_in_company = 0
    for rows in families.values():
        start, end = bounds(rows[0]["period_grain"], rows[0]["period_start"])
        inside = chosen(answers, "nps", rows[0]["scope"], start, end)
        sizes = {
            member: len(group) for member, group in members_of(rows[0]["dimension"], inside).items()
        }
        hidden = {member for member, size in sizes.items() if size < MIN_CELL}
        if len(hidden) == 1 and len(sizes) > 1:
            hidden.add(
                min((size, member) for member, size in sizes.items() if member not in hidden)[1]
            )
            hidden_in_company += 1
        assert {row["member"] for row in rows if row["is_suppressed"]} == hidden
    assert hidden_in_company > 0


def test_weighted_scores_only_where_all_answers_have_weights(
    answers: list[Answer], published: list[dict[str, Any]]
) -> None:
    """Weights begin in February: January and the whole are published unweighted only."""
    rows = [
        row
        for row in published
        if row["metric"] == "csat"
        and row["scope"] == "relational"
        and row["period_grain"] in ("month", "all")
    ]
    places = {
        weighting: {
            (row["period_grain"], row["period_start"], row["dimension"], row["member"])
            for row in rows
            if row["weighting"] == weighting
        }
        for weighting in ("none", "given")
    }
    expected = {
        place
        for place in places["none"]
        if all(
            answer.weight is not None
            for answer in members_of(
                place[2], chosen(answers, "csat", "relational", *bounds(place[0], place[1]))
            )[place[3]]
        )
    }
    assert places["given"] == expected
    assert {place[1].month for place in expected if place[0] == "month"} == {2, 3, 4}


def test_p_values_are_adjusted_within_the_family(published: list[dict[str, Any]]) -> None:
    """Benjamini-Hochberg over the members, as SciPy has it."""
    families = defaultdict(list)
    for row in published:
        if row["change_p_value"] is not None:
            families[tuple(row[f] for f in FIELDS)].append(row)
    assert max(map(len, families.values())) > 1
    for rows in families.values():
        expected = stats.false_discovery_control([row["change_p_value"] for row in rows])
        assert [row["change_p_adjusted"] for row in rows] == pytest.approx(expected, rel=1e-9)
        assert all(row["is_significant"] == (row["change_p_adjusted"] <= 0.05) for row in rows)


def test_rolling_windows_end_with_the_day_of_as_of(published: list[dict[str, Any]]) -> None:
    starts = sorted({r["period_start"] for r in published if r["period_grain"] == "rolling_28d"})
    assert starts[-1] == AS_OF.date() + timedelta(days=1) - timedelta(days=28)
    assert {(b - a).days for a, b in itertools.pairwise(starts)} == {7}


def test_neighbouring_rolling_windows_reveal_nothing(
    answers: list[Answer], published: list[dict[str, Any]]
) -> None:
    """Between any two published windows lie no answers or at least the minimum."""
    windows = defaultdict(dict)
    for row in published:
        if (
            row["metric"] == "nps"
            and row["period_grain"] == "rolling_28d"
            and not row["is_suppressed"]
        ):
            start, end = bounds("rolling_28d", row["period_start"])
            inside = chosen(answers, "nps", row["scope"], start, end)
            group = members_of(row["dimension"], inside)[row["member"]]
            windows[row["scope"], row["dimension"], row["member"]][start] = {a.key for a in group}
    compared = 0
    for series in windows.values():
        ordered = sorted(series)
        for earlier, later in itertools.pairwise(ordered):
            for difference in (series[later] - series[earlier], series[earlier] - series[later]):
                assert not 0 < len(difference) < MIN_CELL
                compared += 1
    assert compared > 10
