"""The reports on people and organisation against a slow, independent computation.

Each goes through the text of its model, on made-up rows of the model it reads.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.reference.conftest import SqlProject

Z = float(stats.norm.ppf(0.975))
PROJECT = SqlProject(min_cell=1)

sizes = st.dictionaries(st.integers(0, 40), st.integers(1, 12), min_size=1, max_size=9)


def wilson(p: float, n: float) -> tuple[float, float]:
    """Wilson's limits of a share."""
    centre, margin = p + Z * Z / 2 / n, Z * np.sqrt(p * (1 - p) / n + Z * Z / 4 / n / n)
    return float((centre - margin) / (1 + Z * Z / n)), float((centre + margin) / (1 + Z * Z / n))


def row(connection: duckdb.DuckDBPyConnection, sql: str, where: str) -> dict[str, Any]:
    """The one row of a query that meets a condition."""
    relation = connection.sql(sql).filter(where)
    found = relation.fetchall()
    assert len(found) == 1, found
    return dict(zip(relation.columns, found[0], strict=True))


@given(sizes)
@settings(max_examples=30, deadline=None)
def test_what_is_hidden_cannot_be_subtracted(cells: dict[int, int]) -> None:
    """All small cells are hidden, never one alone where there are others, and no more."""
    with duckdb.connect() as connection:
        connection.execute("create table cells (family integer, member integer, n integer)")
        connection.executemany("insert into cells values (1, ?, ?)", list(cells.items()))
        is_hidden = SqlProject(min_cell=5).macro("suppressed", "n", ["family"], "member")
        hidden = dict(connection.sql(f"select member, {is_hidden} from cells").fetchall())
    small = {member for member, n in cells.items() if n < 5}
    expected = set(small)
    if len(small) == 1 and len(cells) > 1:
        expected.add(min(set(cells) - small, key=lambda member: (cells[member], member)))
    assert {member for member, is_hidden in hidden.items() if is_hidden} == expected


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=9))
@settings(max_examples=30, deadline=None)
def test_rank_agreement_is_scipys_tau_b(ranks: list[tuple[int, int]]) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table things (thing integer, x integer, y integer)")
        numbered = [(thing, x, y) for thing, (x, y) in enumerate(ranks)]
        connection.executemany("insert into things values (?, ?, ?)", numbered)
        tau = PROJECT.macro("kendall_tau_b", "sign(a.x - b.x)", "sign(a.y - b.y)")
        found = connection.sql(
            f"select {tau} from things as a inner join things as b on a.thing < b.thing"
        ).fetchall()[0][0]
    expected = stats.kendalltau(*zip(*ranks, strict=True)).statistic
    if np.isnan(expected):
        assert found is None
    else:
        assert found == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans(), st.booleans()), max_size=40))
@settings(max_examples=20, deadline=None)
def test_recovery_is_a_weighted_risk_difference(cases: list[tuple[str, bool, bool]]) -> None:
    """Each compared group's difference, weighted by its contacted customers."""
    groups: dict[str, dict[bool, Counter[bool]]] = defaultdict(
        lambda: {True: Counter(), False: Counter()}
    )
    for stratum, is_contacted, is_retained in cases:
        groups[stratum][is_contacted][is_retained] += 1
    pairs = [(g[True], g[False]) for g in groups.values() if g[True] and g[False]]
    with duckdb.connect() as connection:
        connection.execute(
            "create table int_recovery_cases "
            "(stratum varchar, is_contacted boolean, is_retained boolean);"
            "create table fct_feedback_cases "
            "(opened_at timestamp, contacted_at timestamp, is_contact_allowed boolean);"
            "create table int_as_of (as_of timestamp)"
        )
        if cases:
            connection.executemany("insert into int_recovery_cases values (?, ?, ?)", cases)
        model = PROJECT.model("marts/reports/rpt_recovery.sql")
        if not pairs:
            shown = connection.sql(model).filter("method = 'matched' and not is_suppressed")
            assert shown.fetchall() == []
            return
        found = row(connection, model, "method = 'matched'")
    contacted = sum(one.total() for one, _ in pairs)
    value = sum(
        one.total() / contacted * (one[True] / one.total() - other[True] / other.total())
        for one, other in pairs
    )
    weights = np.concatenate(
        [np.full(other.total(), one.total() / other.total()) for one, other in pairs]
    )
    n_effective = weights.sum() ** 2 / (weights**2).sum()
    p1 = sum(one[True] for one, _ in pairs) / contacted
    p2 = p1 - value
    (low1, high1), (low2, high2) = wilson(p1, contacted), wilson(p2, n_effective)
    assert found["value"] == pytest.approx(value, abs=1e-9)
    assert found["others_n_effective"] == pytest.approx(n_effective, rel=1e-9)
    assert found["ci_low"] == pytest.approx(value - np.hypot(p1 - low1, high2 - p2), abs=1e-6)
    assert found["ci_high"] == pytest.approx(value + np.hypot(high1 - p1, p2 - low2), abs=1e-6)
    assert found["n"] + found["contacted_left_out"] + found["others_left_out"] == len(cases)


@given(st.lists(st.integers(-4, 4), min_size=2, max_size=30))
@settings(max_examples=20, deadline=None)
def test_mean_gap_has_the_interval_of_a_paired_t_test(gaps: list[int]) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table gaps (person_key integer, gap_steps bigint)")
        connection.executemany("insert into gaps values (?, ?)", list(enumerate(gaps)))
        connection.execute("""
            create table int_expectation_pairs as
            select
                'paired' as form, 's' as source_system, 'w' as survey_id, 'item' as item,
                person_key, 'csat' as scale_id, timestamp '2025-01-01' as answered_at,
                null::varchar as driver, true as is_pair, 'before' as timing,
                true as has_experience, true as has_expectation, 5e0 as expected,
                5e0 + gap_steps as perceived, gap_steps, true as is_at_ceiling, 1e0 as step
            from gaps
        """)
        model = PROJECT.model("marts/reports/rpt_expectation_gap.sql")
        found = row(connection, model, "survey = 'all'")
    assert found["value"] == pytest.approx(np.mean(np.array(gaps) >= 0))
    if len(set(gaps)) == 1:
        assert found["gap_ci_low"] == pytest.approx(gaps[0], abs=1e-6)
        return
    interval = stats.ttest_1samp(gaps, 0).confidence_interval(0.95)
    assert found["gap_mean"] == pytest.approx(np.mean(gaps), abs=1e-9)
    assert found["gap_ci_low"] == pytest.approx(interval.low, abs=1e-6)
    assert found["gap_ci_high"] == pytest.approx(interval.high, abs=1e-6)


@given(
    st.lists(st.tuples(st.integers(0, 10), st.integers(1, 40)), min_size=1, max_size=25),
    st.lists(st.tuples(st.integers(0, 10), st.integers(1, 40)), min_size=1, max_size=25),
)
@settings(max_examples=20, deadline=None)
def test_relative_nps_is_weighted_and_tested_with_pseudo_answers(
    own: list[tuple[int, int]], rival: list[tuple[int, int]]
) -> None:
    """Scores from weighted shares, z and interval with Kish's number and three pseudo-answers."""

    def judged(answers: list[tuple[int, int]]) -> tuple[float, float, float]:
        scores, w = (np.array(column) for column in zip(*answers, strict=True))
        n = w.sum() ** 2 / (w**2).sum()
        p, d = w[scores >= 9].sum() / w.sum(), w[scores <= 6].sum() / w.sum()
        p1, d1 = (p * n + 0.75) / (n + 3), (d * n + 0.75) / (n + 3)
        return 100 * (p - d), 100 * (p1 - d1), 1e4 * (p1 + d1 - (p1 - d1) ** 2) / (n + 3)

    (plain1, centre1, variance1), (plain2, centre2, variance2) = judged(own), judged(rival)
    with duckdb.connect() as connection:
        connection.execute("create table answers (about_brand varchar, score int, weight bigint)")
        rows = [("own", *a) for a in own] + [("Rival", *a) for a in rival]
        connection.executemany("insert into answers values (?, ?, ?)", rows)
        connection.execute("""
            create table int_panel_answers as
            select
                's' as source_system, 'p' as survey_id, 'nps' as question_id, 'nps' as scale_id,
                'given' as weighting, 'all' as period_grain, date '2025-01-01' as period_start,
                about_brand, row_number() over () as person_key, weight,
                case when score >= 9 then 'promoter' when score <= 6 then 'detractor'
                    else 'passive' end as category
            from answers;
            create table int_lost_to_rivals
                (kind varchar, lost_at timestamp, rival varchar, reason varchar);
        """)
        found = row(connection, PROJECT.model("marts/reports/rpt_benchmark.sql"), "true")
    error = np.sqrt(variance1 + variance2)
    z = (centre1 - centre2) / error
    assert found["value"] == pytest.approx(plain1 - plain2, abs=1e-8)
    assert found["z"] == pytest.approx(z, abs=1e-8)
    assert found["p_value"] == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-8)
    assert found["ci_low"] == pytest.approx(max(centre1 - centre2 - Z * error, -200), abs=1e-8)
