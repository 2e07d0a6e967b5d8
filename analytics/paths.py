"""What a touchpoint contributes to a journey's goal: removal effects of a Markov chain.

Metrics.md 2.18. Walks are read as a first-order chain from a start over touchpoints to the goal or
to giving up (Anderl et al., "Mapping the customer journey", IJRM 33, 2016). The removal effect of
a touchpoint is the share of the chance to reach the goal that would be lost if everybody who comes
to it gave up there. It is association: people who were going to buy anyway pass the till.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import stats

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

START, GOAL, QUIT = "(start)", "(goal)", "(quit)"
RESAMPLES = 2000
SEED = 20260118
# Resamples that are solved at once: bounds the memory, not the result.
BATCH = 250

SCHEMA = pa.schema(
    [
        ("journey", pa.string()),
        ("touchpoint", pa.string()),
        ("goal_probability", pa.float64()),
        ("removal_effect", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("share", pa.float64()),
        ("n_persons", pa.int64()),
        ("memory_bits", pa.float64()),
        ("memory_p_value", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Memory:
    """Does the touchpoint before last still matter? See `second_order_memory`."""

    bits: float
    chi2: float
    df: int
    p_value: float | None


def removal_effects(transitions: Floats) -> tuple[Floats, Floats]:
    """Chance to reach the goal, and how much of it hangs on each touchpoint.

    Args:
        transitions: shape (..., k + 1, k + 2): counts from the start and each of k touchpoints to
            each touchpoint, the goal, giving up, in this order. Every touchpoint that is reached
            leads on to an end.

    Returns:
        Chances, shape (...,), and effects, shape (..., k): 1 - chance without / chance. NaN where
        the goal is never reached.
    """
    k = transitions.shape[-2] - 1
    departures = transitions.sum(axis=-1, keepdims=True)
    p = np.divide(transitions, departures, out=np.zeros_like(transitions), where=departures > 0)
    # the start is a state that nothing leads to
    onward = np.concatenate([np.zeros_like(p[..., :1]), p[..., :k]], axis=-1)
    visits = np.linalg.inv(np.eye(k + 1) - onward)
    reaches_goal = (visits @ p[..., k : k + 1])[..., 0]
    # who reaches the goal by way of i comes to i, and reaches it from there
    comes_to = visits[..., 0, 1:] / np.diagonal(visits, axis1=-2, axis2=-1)[..., 1:]
    chance = reaches_goal[..., 0]
    lost = comes_to * reaches_goal[..., 1:]
    effects = np.full_like(lost, np.nan)
    np.divide(lost, chance[..., None], out=effects, where=chance[..., None] > 0)
    return chance, effects


def bootstrapped_effects(
    of_persons: Counts, cells: Sequence[tuple[int, int]], *, k: int, resamples: int = RESAMPLES
) -> tuple[Floats, Floats]:
    """95 % percentile intervals of the removal effects, whole persons being resampled.

    Args:
        of_persons: shape (persons, cells): how often each person made each move.
        cells: the move of each column: row and column in the matrix of `removal_effects`.
        k: number of touchpoints.

    Returns:
        Lower and upper ends, shape (k,); NaN where fewer than two people were seen. A resample
        that never reaches the goal has no effect to give, and is left out.
    """
    persons = len(of_persons)
    if persons < 2:
        return np.full(k, np.nan), np.full(k, np.nan)
    # people who walked alike are drawn together: the same bootstrap, with fewer numbers
    profiles, people = np.unique(of_persons, axis=0, return_counts=True)
    rows, columns = (np.array(places) for places in zip(*cells, strict=True))
    random = np.random.default_rng(SEED)
    found = []
    for first in range(0, resamples, BATCH):
        size = min(BATCH, resamples - first)
        drawn = random.multinomial(persons, people / persons, size=size)
        transitions = np.zeros((size, k + 1, k + 2))
        transitions[:, rows, columns] = drawn @ profiles
        found.append(removal_effects(transitions)[1])
    effects = np.concatenate(found)
    effects = effects[~np.isnan(effects).any(axis=1)]
    if len(effects) == 0:
        return np.full(k, np.nan), np.full(k, np.nan)
    low, high = np.quantile(effects, [0.025, 0.975], axis=0)
    return low, high


def second_order_memory(moves: dict[tuple[str, str, str], int]) -> Memory:
    """Likelihood ratio of a chain that remembers two touchpoints against one that remembers one.

    Args:
        moves: how often (before, from, to) was seen.

    Returns:
        bits: what the touchpoint before last tells about the next one, mean per move; p_value:
        of the chi-squared test, None without a degree of freedom. With many moves any chain
        remembers something: judge by the bits.
    """
    by_context: dict[tuple[str, str], int] = {}
    by_edge: dict[tuple[str, str], int] = {}
    by_state: dict[str, int] = {}
    contexts: dict[str, set[str]] = {}
    followers: dict[str, set[str]] = {}
    for (before, state, after), n in moves.items():
        by_context[before, state] = by_context.get((before, state), 0) + n
        by_edge[state, after] = by_edge.get((state, after), 0) + n
        by_state[state] = by_state.get(state, 0) + n
        contexts.setdefault(state, set()).add(before)
        followers.setdefault(state, set()).add(after)
    gained = math.fsum(
        n * math.log(n * by_state[state] / (by_context[before, state] * by_edge[state, after]))
        for (before, state, after), n in moves.items()
    )
    chi2 = max(0.0, 2 * gained)
    df = sum((len(contexts[state]) - 1) * (len(followers[state]) - 1) for state in by_state)
    seen = sum(moves.values())
    bits = chi2 / 2 / math.log(2) / seen if seen else 0.0
    return Memory(bits, chi2, df, float(stats.chi2.sf(chi2, df)) if df else None)


def touchpoint_effects(moves: pa.Table) -> pa.Table:
    """The step of analytics/steps.py.

    Args:
        moves: journey, customer_key, before_touchpoint (null: the walk begins), from_touchpoint,
            to_touchpoint, moves: sums over the walks of a person.

    Returns:
        A row per journey and touchpoint (SCHEMA).
    """
    by_journey: dict[str, list[tuple[int, str | None, str, str, int]]] = {}
    for journey, *move in zip(*(column.to_pylist() for column in moves.columns), strict=True):
        by_journey.setdefault(journey, []).append(tuple(move))
    rows = [row for journey, own in sorted(by_journey.items()) for row in _effects_of(journey, own)]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _effects_of(
    journey: str, moves: list[tuple[int, str | None, str, str, int]]
) -> list[dict[str, object]]:
    touchpoints = sorted({state for _, _, state, _, _ in moves} - {START})
    k = len(touchpoints)
    if k == 0:
        return []
    row_of = {START: 0, **{name: place for place, name in enumerate(touchpoints, start=1)}}
    column_of = {name: place for place, name in enumerate([*touchpoints, GOAL, QUIT])}
    cells = sorted({(row_of[state], column_of[after]) for _, _, state, after, _ in moves})
    cell_of = {cell: place for place, cell in enumerate(cells)}
    people = {key: place for place, key in enumerate(sorted({key for key, *_ in moves}))}
    of_persons = np.zeros((len(people), len(cells)), dtype=np.int64)
    seen: dict[tuple[str, str, str], int] = {}
    for key, before, state, after, n in moves:
        of_persons[people[key], cell_of[row_of[state], column_of[after]]] += n
        if before is not None:
            seen[before, state, after] = seen.get((before, state, after), 0) + n
    transitions = np.zeros((k + 1, k + 2))
    transitions[tuple(np.array(cells).T)] = of_persons.sum(axis=0)
    chance, effects = removal_effects(transitions)
    low, high = bootstrapped_effects(of_persons, cells, k=k)
    shares = effects / effects.sum() if effects.sum() > 0 else np.full(k, np.nan)
    memory = second_order_memory(seen)
    return [
        {
            "journey": journey,
            "touchpoint": name,
            "goal_probability": float(chance),
            "removal_effect": _number(effects[place]),
            "ci_low": _number(low[place]),
            "ci_high": _number(high[place]),
            "share": _number(shares[place]),
            "n_persons": len(people),
            "memory_bits": memory.bits,
            "memory_p_value": memory.p_value,
        }
        for place, name in enumerate(touchpoints)
    ]


def _number(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
