"""Whether those who answered are like those who might have (metrics.md 2.4)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import stats

Floats = npt.NDArray[np.float64]

SCHEMA = pa.schema(
    [
        ("survey_id", pa.string()),
        ("basis", pa.string()),
        ("known_column", pa.string()),
        ("answered", pa.float64()),
        ("chi2", pa.float64()),
        ("degrees_of_freedom", pa.int32()),
        ("p", pa.float64()),
        ("largest_difference", pa.float64()),
        ("largest_difference_member", pa.string()),
    ]
)
INVITED, FRAME = "invited", "frame"
# Below it in any cell, chi-square is not to be trusted (Cochran 1954).
LEAST_EXPECTED = 1.0


def chi_square(
    answered: Floats, compared_with: Floats, *, is_population: bool
) -> tuple[float, int]:
    """Pearson's chi-square, and its degrees of freedom.

    Args:
        answered: shape (k,), people who answered, per member of a column.
        compared_with: shape (k,), people asked who did not answer, or the population.
        is_population: the second are no sample: a test of fit, not of homogeneity.

    Returns:
        NaN where an expected count is below LEAST_EXPECTED, or there is one member only.
    """
    total = answered.sum()
    if len(answered) < 2 or total == 0 or compared_with.sum() == 0:
        return float("nan"), max(len(answered) - 1, 0)
    if is_population:
        expected = compared_with / compared_with.sum() * total
        observed = answered
    else:
        observed = np.vstack([answered, compared_with])
        expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / observed.sum()
    if (expected < LEAST_EXPECTED).any():
        return float("nan"), len(answered) - 1
    return float(((observed - expected) ** 2 / expected).sum()), len(answered) - 1


def standardised_differences(answered: Floats, compared_with: Floats) -> Floats:
    """(p1 - p2) / sqrt((p1 (1 - p1) + p2 (1 - p2)) / 2) per member; shape (k,).

    Above 0.1 in size the groups are usually called unlike (Austin 2009). Unlike a p-value it
    does not grow with the number of people. 0 where neither group varies.
    """
    one, two = answered / answered.sum(), compared_with / compared_with.sum()
    spread = np.sqrt((one * (1 - one) + two * (1 - two)) / 2)
    differences: Floats = np.divide(one - two, spread, out=np.zeros_like(one), where=spread > 0)
    return differences


def compare_surveys(counts: pa.Table) -> pa.Table:
    """One comparison per survey, basis and column.

    Args:
        counts: columns survey_id, basis, known_column, member, answered, compared_with.
    """
    groups: dict[tuple[str, str, str], list[tuple[str, float, float]]] = {}
    for row in counts.to_pylist():
        key = (row["survey_id"], row["basis"], row["known_column"])
        groups.setdefault(key, []).append((row["member"], row["answered"], row["compared_with"]))
    rows = [_compare(key, members) for key, members in groups.items() if len(members) > 1]
    return pa.Table.from_pylist([row for row in rows if row is not None], schema=SCHEMA)


def _compare(
    key: tuple[str, str, str], members: list[tuple[str, float, float]]
) -> dict[str, object] | None:
    answered = np.array([a for _, a, _ in members])
    compared_with = np.array([c for _, _, c in members])
    if answered.sum() == 0 or compared_with.sum() == 0:
        return None
    survey_id, basis, known_column = key
    chi2, freedom = chi_square(answered, compared_with, is_population=basis == FRAME)
    differences = standardised_differences(answered, compared_with)
    largest = int(np.abs(differences).argmax())
    is_tested = not np.isnan(chi2)
    return {
        "survey_id": survey_id,
        "basis": basis,
        "known_column": known_column,
        "answered": float(answered.sum()),
        "chi2": chi2 if is_tested else None,
        "degrees_of_freedom": freedom,
        "p": float(stats.chi2.sf(chi2, freedom)) if is_tested else None,
        "largest_difference": float(differences[largest]),
        "largest_difference_member": members[largest][0],
    }
