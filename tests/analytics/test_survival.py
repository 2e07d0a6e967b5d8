"""The log-rank test: rules of its own; published numbers are in tests/reference."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.survival import compare_groups, log_rank

UNITS = st.lists(
    st.tuples(st.integers(0, 20), st.booleans(), st.sampled_from("abc")), min_size=1, max_size=60
)


def test_one_group_is_compared_with_nothing() -> None:
    result = log_rank([1, 2, 3], [True, True, True], ["a", "a", "a"])
    assert (result.chi2, result.p, result.degrees_of_freedom) == (None, None, 0)


def test_without_an_event_nothing_is_known() -> None:
    result = log_rank([1, 2, 3], [False, False, False], ["a", "b", "b"])
    assert (result.chi2, result.p) == (None, None)


def test_nobody_at_all() -> None:
    assert log_rank([], [], []).p is None


def test_a_group_that_is_never_at_risk_does_not_count() -> None:
    """It left before the first event: two groups are compared, not three."""
    time, event, group = [1, 5, 6, 7, 8], [False, True, True, True, True], list("cabab")
    with_third, without = log_rank(time, event, group), log_rank(time[1:], event[1:], group[1:])
    assert with_third.degrees_of_freedom == 1
    assert with_third.chi2 == pytest.approx(without.chi2)


def test_who_enters_late_is_not_at_risk_before() -> None:
    late = log_rank([4, 5, 6, 7], [True] * 4, list("aabb"), entry=[0, 0, 5, 5])
    assert late.expected == pytest.approx([2.0, 2.0])
    assert late.p is None, "the two groups are never at risk together"


def test_arrays_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        log_rank([1, 2], [True], ["a", "b"])


def test_three_groups_by_hand() -> None:
    """Leaving out any one group gives the same statistic as the generalised inverse."""
    time = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9])
    event, group = np.array([1, 1, 0, 1, 1, 1, 0, 1, 1], bool), np.array(list("abcabcabc"))
    result = log_rank(time, event, group)
    covariance, excess = np.zeros((3, 3)), np.zeros(3)
    for moment in time[event]:
        at_risk = np.array([np.sum((time >= moment) & (group == name)) for name in "abc"])
        share = at_risk / at_risk.sum()
        excess += (group[time == moment] == np.array(list("abc"))) - share
        covariance += np.diag(share) - np.outer(share, share)
    for kept in ([0, 1], [0, 2], [1, 2]):
        chi2 = excess[kept] @ np.linalg.solve(covariance[np.ix_(kept, kept)], excess[kept])
        assert result.chi2 == pytest.approx(chi2)
    assert result.degrees_of_freedom == 2


@given(UNITS, st.randoms())
def test_the_order_of_rows_and_the_unit_of_time_do_not_matter(
    units: list[tuple[int, bool, str]], random: object
) -> None:
    shuffled = list(units)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (log_rank(*zip(*rows, strict=True)) for rows in (units, shuffled))
    scaled = log_rank([7 * row[0] for row in units], *list(zip(*units, strict=True))[1:])
    for result in (other, scaled):
        assert result.chi2 == pytest.approx(one.chi2, abs=1e-9)
        assert np.allclose(result.expected, one.expected)


@given(UNITS)
def test_events_expected_are_the_events_observed(units: list[tuple[int, bool, str]]) -> None:
    result = log_rank(*zip(*units, strict=True))
    assert result.expected.sum() == pytest.approx(result.observed.sum())
    if result.chi2 is not None and result.p is not None:
        assert result.chi2 >= -1e-9
        assert 0 <= result.p <= 1


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=30))
def test_equal_groups_do_not_differ(units: list[tuple[int, bool]]) -> None:
    time, event = zip(*units, strict=True)
    result = log_rank(time * 2, event * 2, ["a"] * len(units) + ["b"] * len(units))
    assert result.chi2 is None or result.chi2 == pytest.approx(0, abs=1e-9)


def test_unknown_members_and_what_differs_in_kind_are_not_compared() -> None:
    rows = [
        {
            "what": what,
            "event": "end",
            "group_name": "segment",
            "member": member,
            "duration": float(duration),
            "has_event": True,
            "entry": None,
            "is_compared": what != "stage",
        }
        for what in ("retention", "stage")
        for duration, member in enumerate(["a", "b", "unknown", "a", "b", "unknown"], start=1)
    ]
    schema = pa.schema(
        [
            *((name, pa.string()) for name in ("what", "event", "group_name", "member")),
            ("duration", pa.float64()),
            ("has_event", pa.bool_()),
            ("entry", pa.float64()),
            ("is_compared", pa.bool_()),
        ]
    )
    found = compare_groups(pa.Table.from_pylist(rows, schema=schema)).to_pylist()
    direct = log_rank([1, 2, 4, 5], [True] * 4, list("abab"))
    assert [(row["what"], row["logrank_df"]) for row in found] == [("retention", 1)]
    assert found[0]["logrank_chi2"] == pytest.approx(direct.chi2)
    assert compare_groups(pa.Table.from_pylist([], schema=schema)).num_rows == 0


@pytest.mark.parametrize("count", [2, 3, 5])
def test_degrees_of_freedom_are_the_groups_less_one(count: int) -> None:
    """On large samples rounding fills the rank up: the excesses of all groups add up to 0."""
    random = np.random.default_rng(7)
    for _ in range(20):
        groups = [f"g{number}" for number in random.integers(0, count, 2500)]
        durations = random.exponential(100.0, 2500).round(3)
        found = log_rank(durations, random.random(2500) < 0.6, np.array(groups))
        assert found.degrees_of_freedom == count - 1
