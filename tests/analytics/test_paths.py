"""Removal effects: what is published, and what must hold for any walks."""

import itertools
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analytics.paths import (
    GOAL,
    QUIT,
    SCHEMA,
    START,
    removal_effects,
    second_order_memory,
    touchpoint_effects,
)
from tests.decisions import example

COLUMNS = [
    "journey",
    "customer_key",
    "before_touchpoint",
    "from_touchpoint",
    "to_touchpoint",
    "moves",
]

Walk = tuple[list[str], str]


def table_of(walks: list[tuple[int, Walk]]) -> pa.Table:
    """Moves of walks, each with the person who made it."""
    counted: dict[tuple[int, str | None, str, str], int] = {}
    for person, (touchpoints, end) in walks:
        states = [START, *touchpoints, end]
        for place in range(len(states) - 1):
            before = states[place - 1] if place else None
            move = (person, before, states[place], states[place + 1])
            counted[move] = counted.get(move, 0) + 1
    rows = [("buying", *move, n) for move, n in counted.items()]
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)})


def effects_of(walks: list[Walk]) -> dict[str, dict[str, object]]:
    found = touchpoint_effects(table_of(list(enumerate(walks))))
    assert found.schema == SCHEMA
    return {row["touchpoint"]: row for row in found.to_pylist()}


def test_published_case(cases: dict[str, dict[str, Any]]) -> None:
    """markov-removal-1: five walks over two advertising channels."""
    case = cases["markov-removal-1"]
    ends = {"conv": GOAL, "null": QUIT}
    walks: list[Walk] = []
    for path, n, end in case["inputs"]["paths"]:
        walks += [(path.split(">"), ends[end])] * n
    found = effects_of(walks)
    tolerance = case["tolerance"]
    for name, effect in case["expected"]["removal"].items():
        print(f"{name}: expected {effect}, got {found[name]['removal_effect']}")
        assert found[name]["removal_effect"] == pytest.approx(effect, abs=tolerance)
        assert found[name]["share"] == pytest.approx(case["expected"]["share"][name], abs=tolerance)
        assert found[name]["goal_probability"] == pytest.approx(
            case["expected"]["p_conv"], abs=tolerance
        )


def test_example_of_the_decisions() -> None:
    """Every walk as told; gone is a touchpoint without which whoever comes to it gives up."""
    *told, (_, *chances) = example("What hangs on a touchpoint")
    heading = {"google ads": chances[0], "mailing": chances[1]}
    walks: list[Walk] = []
    for path, *without in told:
        steps = path.removesuffix(" (twice)").split(", ")
        ends = {"goal": GOAL, "given up": QUIT}
        walks += [(steps[:-1], ends[steps[-1]])] * (2 if "twice" in path else 1)
        for name, end in zip(heading, without, strict=True):
            assert end == ("given up" if name in steps else steps[-1])
    found = effects_of(walks)
    for name, text in heading.items():
        left, effect = (float(number) for number in re.findall(r"\d+(?:\.\d+)?", text))
        assert found[name]["goal_probability"] == pytest.approx(0.8)
        assert found[name]["removal_effect"] == pytest.approx(effect)
        assert 0.8 * (1 - effect) == pytest.approx(left)


WALKS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=5),
        st.sampled_from([GOAL, QUIT]),
    ),
    min_size=1,
    max_size=12,
)


def matrix_of(walks: list[Walk], *, without: str | None = None) -> np.ndarray:
    """Shares of a chain over a, b, c; `without`: who comes to it gives up."""
    names = ["a", "b", "c"]
    rows, columns = [START, *names], [*names, GOAL, QUIT]
    counts = np.zeros((4, 5))
    for touchpoints, end in walks:
        states = [START, *touchpoints, end]
        for state, after in itertools.pairwise(states):
            counts[rows.index(state), columns.index(after)] += 1
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    if without is not None:
        place = columns.index(without)
        shares[:, -1] += shares[:, place]
        shares[:, place] = 0
    return np.asarray(shares)


def chance_by_walking(shares: np.ndarray) -> float:
    """The chance to reach the goal, by letting the chain run for a long time."""
    at = np.array([1.0, 0.0, 0.0, 0.0])
    reached = 0.0
    for _ in range(5000):
        step = at @ shares
        reached += step[3]
        at = np.array([0.0, *step[:3]])
    return float(reached)


@given(walks=WALKS)
def test_effects_are_what_removal_does(walks: list[Walk]) -> None:
    shares = matrix_of(walks)
    chance, effects = removal_effects(shares)
    assert chance == pytest.approx(chance_by_walking(shares), abs=1e-9)
    # every walk ends, so the chain reaches the goal as often as the walks did
    assert chance == pytest.approx(np.mean([end == GOAL for _, end in walks]), abs=1e-9)
    for name, effect in zip("abc", effects, strict=True):
        if chance < 1e-12:
            assert np.isnan(effect)
        else:
            left = chance_by_walking(matrix_of(walks, without=name))
            assert effect == pytest.approx(1 - left / chance, abs=1e-9)
            assert -1e-12 <= effect <= 1 + 1e-12


def test_interval_holds_the_effect_and_is_the_same_every_time() -> None:
    walks: list[Walk] = [
        *[(["visit", "shop"], GOAL)] * 30,
        *[(["visit"], GOAL)] * 20,
        *[(["visit", "shop"], QUIT)] * 25,
        *[(["shop"], QUIT)] * 10,
    ]
    first, second = effects_of(walks), effects_of(walks)
    assert first == second
    for row in first.values():
        low, effect, high = (row[name] for name in ("ci_low", "removal_effect", "ci_high"))
        assert isinstance(low, float)
        assert isinstance(effect, float)
        assert isinstance(high, float)
        assert low <= effect <= high
    assert first["shop"]["ci_low"] != first["shop"]["ci_high"]


def test_persons_are_resampled_not_walks() -> None:
    """One person who walks a hundred times is no crowd: nothing can be said of others."""
    walks: list[Walk] = [(["a"], GOAL), (["b"], QUIT), (["a", "b"], GOAL)] * 30
    alone = touchpoint_effects(table_of([(1, walk) for walk in walks])).to_pylist()
    assert [row["ci_low"] for row in alone] == [None, None]
    assert alone[0]["n_persons"] == 1


def test_goal_that_nobody_reached_has_no_effects() -> None:
    found = effects_of([(["a"], QUIT), (["b"], QUIT)])
    assert found["a"]["goal_probability"] == 0
    assert found["a"]["removal_effect"] is None
    assert found["a"]["share"] is None


def test_no_walks_no_rows() -> None:
    assert touchpoint_effects(table_of([])).num_rows == 0


def test_memory_of_a_chain_that_has_none() -> None:
    """Before and after are independent given the touchpoint: nothing is gained."""
    memory = second_order_memory(
        {("a", "c", "x"): 10, ("a", "c", "y"): 30, ("b", "c", "x"): 20, ("b", "c", "y"): 60}
    )
    assert memory.bits == pytest.approx(0, abs=1e-12)
    assert memory.df == 1
    assert memory.p_value == pytest.approx(1)


def test_memory_is_the_likelihood_ratio_of_a_table() -> None:
    """One touchpoint in the middle: the G test of a two-way table, as scipy computes it."""
    table = np.array([[10, 30], [25, 5]])
    moves = {
        (before, "c", after): int(table[i, j])
        for i, before in enumerate("ab")
        for j, after in enumerate("xy")
    }
    chi2, p_value, df, _ = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    memory = second_order_memory(moves)
    assert memory.chi2 == pytest.approx(chi2)
    assert memory.df == df
    assert memory.p_value == pytest.approx(p_value)
    certain = second_order_memory({("a", "c", "x"): 50, ("b", "c", "y"): 50})
    assert certain.bits == pytest.approx(1)
