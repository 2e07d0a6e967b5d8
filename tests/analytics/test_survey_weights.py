"""Weights: what is published, and what must hold for any sample."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.survey_weights import (
    HIGHEST,
    LOWEST,
    SCHEMA,
    TOLERANCE,
    post_stratify,
    rake,
    weigh_surveys,
)


def test_seventy_thirty_becomes_half_and_half(cases: dict[str, dict[str, Any]]) -> None:
    """Qualtrics' published example: 0.714 and 1.667, and 84 effective answers of 100."""
    expected = cases["weights-70-30"]
    weights = post_stratify(np.repeat([0, 1], [70, 30]), np.array([0.5, 0.5]))
    assert weights is not None
    found = {
        "w_f": weights[0],
        "w_m": weights[-1],
        "sum": weights.sum(),
        "n_eff_kish": weights.sum() ** 2 / (weights**2).sum(),
        "deff": 100 * (weights**2).sum() / weights.sum() ** 2,
    }
    for name, value in expected["expected"].items():
        print(f"{name}: expected {value}, got {found[name]}")
        assert found[name] == pytest.approx(value, rel=expected["tolerance"])


def test_a_stratum_that_nobody_answered_from_cannot_be_weighted() -> None:
    assert post_stratify(np.array([0, 0, 1]), np.array([10.0, 10.0, 10.0])) is None
    assert rake([np.array([0, 0])], [np.array([1.0, 1.0])]) is None


@st.composite
def samples(draw: st.DrawFn) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Respondents in two or three dimensions, every stratum answered from."""
    sizes = draw(st.lists(st.integers(2, 4), min_size=2, max_size=3))
    people = draw(st.integers(max(sizes), 60))
    strata, populations = [], []
    for size in sizes:
        rest = draw(
            st.lists(st.integers(0, size - 1), min_size=people - size, max_size=people - size)
        )
        strata.append(np.array([*range(size), *rest], dtype=np.intp))
        populations.append(
            np.array(draw(st.lists(st.integers(1, 1000), min_size=size, max_size=size)), float)
        )
    return strata, populations


@given(samples())
def test_raked_weights_are_bounded_and_average_one(
    sample: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    raked = rake(*sample)
    assert raked is not None
    assert raked.weights.mean() == pytest.approx(1)
    # the last step brings the mean back to one and so may pass the bounds a little
    assert raked.weights.max() / raked.weights.min() <= HIGHEST / LOWEST * (1 + 1e-9)
    if raked.residual <= TOLERANCE:
        for codes, known in zip(*sample, strict=True):
            share = np.bincount(codes, raked.weights, len(known)) / raked.weights.sum()
            assert share == pytest.approx(known / known.sum(), abs=2 * TOLERANCE)


@given(samples(), st.randoms(use_true_random=False))
def test_order_of_respondents_does_not_matter(
    sample: tuple[list[np.ndarray], list[np.ndarray]], random: object
) -> None:
    strata, populations = sample
    order = np.arange(len(strata[0]))
    random.shuffle(order)  # type: ignore[attr-defined]
    straight, mixed = rake(strata, populations), rake([c[order] for c in strata], populations)
    assert straight is not None and mixed is not None
    assert mixed.weights == pytest.approx(straight.weights[order], abs=1e-9)


@given(samples())
def test_post_stratified_shares_are_the_known_ones(
    sample: tuple[list[np.ndarray], list[np.ndarray]],
) -> None:
    codes, known = sample[0][0], sample[1][0]
    weights = post_stratify(codes, known)
    assert weights is not None
    assert np.bincount(codes, weights) / len(codes) == pytest.approx(known / known.sum())


def rows(*values: tuple[int, str, str | None, float | None, int | None]) -> pa.Table:
    names = ("question_key", "dimension", "stratum", "population", "answer_key")
    return pa.table(
        {name: [row[at] for row in values] for at, name in enumerate(names)},
        schema=pa.schema(
            [
                ("question_key", pa.int64()),
                ("dimension", pa.string()),
                ("stratum", pa.string()),
                ("population", pa.float64()),
                ("answer_key", pa.int64()),
            ]
        ),
    )


def test_questions_are_weighted_apart() -> None:
    """Question 1: two women, one man, one unknown; 2 lacks a stratum; 3 has two dimensions."""
    found = weigh_surveys(
        rows(
            (1, "sex", "f", 50, 11),
            (1, "sex", "f", 50, 12),
            (1, "sex", "m", 50, 13),
            (1, "sex", None, None, 14),
            (2, "sex", "f", 50, 21),
            (2, "sex", "m", 50, None),
            (3, "age", "old", 10, 31),
            (3, "age", "young", 30, 32),
            (3, "sex", "f", 20, 31),
            (3, "sex", "m", 20, 32),
        )
    )
    assert found.schema == SCHEMA
    got = {row["answer_key"]: (row["weighting"], row["weight"]) for row in found.to_pylist()}
    assert {key: value for key, value in got.items() if key < 20} == {
        11: ("post_stratified", 0.75),
        12: ("post_stratified", 0.75),
        13: ("post_stratified", 1.5),
        14: ("post_stratified", 1.0),
    }
    assert not {21, 22} & set(got)
    # age says one to three, sex one to one: both cannot be met by two people
    assert got[31][0] == got[32][0] == "raked"
    assert max(r["residual"] for r in found.to_pylist() if r["weighting"] == "raked") > 0.1


def test_keys_survive_beside_a_stratum_that_nobody_answered_from() -> None:
    """Keys are of 64 bits; one missing key among them must not round the others."""
    key = 2**62 + 1
    found = weigh_surveys(rows((1, "sex", "f", 50, key), (2, "sex", "f", 50, None)))
    assert found["answer_key"].to_pylist() == [key]


def test_nothing_answered_is_no_weight() -> None:
    assert weigh_surveys(rows()).num_rows == 0
