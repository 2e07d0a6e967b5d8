"""Weights that make the people who answered look like the people who were meant to be asked.

Metrics.md 2.4. With one known dimension: post-stratification. With several: raking, the iterative
proportional fitting of Deming and Stephan (1940) to every dimension's known shares in turn.
Weighting repairs who answered, never why: people who answer because they are angry still do.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Codes = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

# A respondent speaks for at most ten times as many people as another one.
LOWEST, HIGHEST = 0.3, 3.0
TOLERANCE = 1e-6
ROUNDS = 50

SCHEMA = pa.schema(
    [
        ("answer_key", pa.int64()),
        ("weighting", pa.string()),
        ("weight", pa.float64()),
        # the largest distance that is left between a weighted share and the known one
        ("residual", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Raked:
    """Weights with mean 1; `residual`: the largest gap left to a known share (0..1)."""

    weights: Floats
    residual: float
    rounds: int


def post_stratify(stratum: Codes, population: Floats) -> Floats | None:
    """w_h = (N_h / N) / (n_h / n) for each respondent.

    Args:
        stratum: shape (n,), each respondent's stratum as a number below H.
        population: shape (H,), people per stratum, positive.

    Returns:
        Shape (n,), mean 1; None when a stratum has nobody who answered: no weight can speak
        for it, and leaving it out would claim that it thinks like the others.
    """
    answered = np.bincount(stratum, minlength=len(population))
    if len(stratum) == 0 or (answered == 0).any():
        return None
    share = population / population.sum()
    weights: Floats = (share / (answered / len(stratum)))[stratum]
    return weights


def rake(strata: Sequence[Codes], populations: Sequence[Floats]) -> Raked | None:
    """Weights under which every dimension has its known shares.

    Rakes until the largest gap is at most TOLERANCE or ROUNDS rounds have passed, trims to
    [LOWEST, HIGHEST], and rakes again: what the trimming then costs is the residual.

    Args:
        strata: per dimension, shape (n,): each respondent's stratum.
        populations: per dimension, shape (H,): people per stratum, positive.

    Returns:
        None when a stratum has nobody who answered.
    """
    if not strata or any(
        post_stratify(codes, known) is None
        for codes, known in zip(strata, populations, strict=True)
    ):
        return None
    shares = [known / known.sum() for known in populations]
    first = _fit(np.ones(len(strata[0])), strata, shares)
    trimmed = np.clip(first.weights, LOWEST, HIGHEST)
    if np.array_equal(trimmed, first.weights):
        return first
    again = _fit(trimmed, strata, shares)
    weights = np.clip(again.weights, LOWEST, HIGHEST)
    weights /= weights.mean()
    return Raked(weights, _gap(weights, strata, shares), first.rounds + again.rounds)


def _fit(weights: Floats, strata: Sequence[Codes], shares: Sequence[Floats]) -> Raked:
    rounds = 0
    for rounds in range(1, ROUNDS + 1):  # noqa: B007 - told to the caller
        for codes, share in zip(strata, shares, strict=True):
            weights = weights * (share / _weighted_shares(weights, codes, len(share)))[codes]
        weights = weights / weights.mean()
        if _gap(weights, strata, shares) <= TOLERANCE:
            break
    return Raked(weights, _gap(weights, strata, shares), rounds)


def _weighted_shares(weights: Floats, codes: Codes, count: int) -> Floats:
    totals = np.bincount(codes, weights=weights, minlength=count).astype(np.float64)
    shares: Floats = totals / weights.sum()
    return shares


def _gap(weights: Floats, strata: Sequence[Codes], shares: Sequence[Floats]) -> float:
    return max(
        float(np.abs(_weighted_shares(weights, codes, len(share)) - share).max())
        for codes, share in zip(strata, shares, strict=True)
    )


def weigh_surveys(answers: pa.Table) -> pa.Table:
    """The weights of every question of every survey whose frame is known.

    Args:
        answers: one row per counted answer and dimension of its survey's frame: question_key
            (of the survey's question), answer_key, dimension, stratum (null: this respondent's
            is not known), and per stratum without any answer one row without answer_key;
            population.

    Returns:
        SCHEMA; nothing for a question that cannot be weighted.
    """
    if answers.num_rows == 0:
        return SCHEMA.empty_table()
    columns = {name: _column(answers[name]) for name in answers.column_names}
    parts = []
    question = columns["question_key"]
    edges = np.flatnonzero(np.r_[True, question[1:] != question[:-1], True])
    for begin, end in itertools.pairwise(edges):
        part = _weigh_question({name: values[begin:end] for name, values in columns.items()})
        if part is not None:
            parts.append(part)
    return pa.concat_tables(parts) if parts else SCHEMA.empty_table()


def _weigh_question(rows: dict[str, npt.NDArray[np.object_]]) -> pa.Table | None:
    is_answer = ~_is_null(rows["answer_key"])
    dimensions = np.unique(rows["dimension"].astype(str))
    answer_keys = np.unique(rows["answer_key"][is_answer].astype(np.int64))
    if len(answer_keys) == 0:
        return None
    strata, populations = [], []
    is_known = np.ones(len(answer_keys), dtype=bool)
    for dimension in dimensions:
        own = rows["dimension"] == dimension
        has_stratum = own & ~_is_null(rows["stratum"])
        names, first, codes = np.unique(
            rows["stratum"][has_stratum].astype(str), return_index=True, return_inverse=True
        )
        if len(names) == 0:
            return None
        populations.append(rows["population"][has_stratum][first].astype(np.float64))
        of_answer = np.full(len(answer_keys), -1, dtype=np.intp)
        answering = is_answer[has_stratum]
        keys = rows["answer_key"][has_stratum][answering].astype(np.int64)
        of_answer[np.searchsorted(answer_keys, keys)] = codes[answering]
        is_known &= of_answer >= 0
        strata.append(of_answer)
    return _weights_table(answer_keys, is_known, strata, populations)


def _weights_table(
    answer_keys: npt.NDArray[np.int64],
    is_known: npt.NDArray[np.bool_],
    strata: Sequence[Codes],
    populations: Sequence[Floats],
) -> pa.Table | None:
    known = [codes[is_known] for codes in strata]
    if len(strata) == 1:
        weighting, weights, residual = (
            "post_stratified",
            post_stratify(known[0], populations[0]),
            0.0,
        )
    else:
        raked = rake(known, populations)
        weighting = "raked"
        weights, residual = (None, 0.0) if raked is None else (raked.weights, raked.residual)
    if weights is None:
        return None
    # who cannot be placed keeps the say of one respondent
    all_weights = np.ones(len(answer_keys))
    all_weights[is_known] = weights
    return pa.table(
        {
            "answer_key": answer_keys,
            "weighting": [weighting] * len(answer_keys),
            "weight": all_weights,
            "residual": np.full(len(answer_keys), residual),
        },
        schema=SCHEMA,
    )


def _column(values: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    # A nullable integer as a number of numpy is a double, which cannot hold a key of 64 bits.
    if pa.types.is_integer(values.type) and values.null_count:
        return np.array(values.to_pylist(), dtype=object)
    array: npt.NDArray[np.object_] = values.to_numpy(zero_copy_only=False)
    return array


def _is_null(values: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    return np.fromiter((value is None or value != value for value in values), bool, len(values))
