"""Respondents against others, compared with SciPy's own tests."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analytics.nonresponse import (
    SCHEMA,
    chi_square,
    compare_surveys,
    standardised_differences,
)

counts = st.lists(st.tuples(st.integers(5, 500), st.integers(5, 500)), min_size=2, max_size=6)


@given(counts)
def test_homogeneity_is_scipys(pairs: list[tuple[int, int]]) -> None:
    answered, asked = np.array(pairs, dtype=float).T
    chi2, freedom = chi_square(answered, asked, is_population=False)
    expected = stats.chi2_contingency(np.vstack([answered, asked]), correction=False)
    if (expected.expected_freq < 1).any():
        assert np.isnan(chi2)
    else:
        assert chi2 == pytest.approx(expected.statistic, rel=1e-9, abs=1e-9)
    assert freedom == expected.dof


@given(counts)
def test_fit_to_a_population_is_scipys(pairs: list[tuple[int, int]]) -> None:
    answered, population = np.array(pairs, dtype=float).T
    expected = population / population.sum() * answered.sum()
    chi2, freedom = chi_square(answered, population, is_population=True)
    if (expected < 1).any():
        assert np.isnan(chi2)
    else:
        assert chi2 == pytest.approx(stats.chisquare(answered, expected).statistic, abs=1e-9)
    assert freedom == len(pairs) - 1


@given(counts)
def test_differences_are_antisymmetric_and_independent_of_size(
    pairs: list[tuple[int, int]],
) -> None:
    one, two = np.array(pairs, dtype=float).T
    there = standardised_differences(one, two)
    assert there == pytest.approx(-standardised_differences(two, one))
    assert there == pytest.approx(standardised_differences(10 * one, two))


def test_a_survey_is_compared_column_by_column() -> None:
    rows = [
        ("s", "invited", "country", "IR", 60.0, 40.0),
        ("s", "invited", "country", "EG", 40.0, 60.0),
        ("s", "invited", "segment", "consumer", 10.0, 10.0),  # one member: nothing to compare
        ("s", "frame", "language", "fa", 50.0, 5000.0),
        ("s", "frame", "language", "ar", 50.0, 5000.0),
        ("t", "invited", "country", "IR", 0.0, 40.0),  # nobody answered
        ("t", "invited", "country", "EG", 0.0, 60.0),
    ]
    names = ("survey_id", "basis", "known_column", "member", "answered", "compared_with")
    found = compare_surveys(
        pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])
    )
    assert found.schema == SCHEMA
    by_column = {(row["basis"], row["known_column"]): row for row in found.to_pylist()}
    assert set(by_column) == {("invited", "country"), ("frame", "language")}
    country = by_column["invited", "country"]
    assert country["chi2"] == pytest.approx(8.0)
    assert country["p"] == pytest.approx(0.004677734981, rel=1e-9)
    assert abs(country["largest_difference"]) == pytest.approx(0.2 / np.sqrt(0.24))
    assert by_column["frame", "language"]["chi2"] == 0


def test_too_few_expected_people_are_not_tested() -> None:
    chi2, freedom = chi_square(np.array([1.0, 1.0]), np.array([1.0, 999.0]), is_population=True)
    assert np.isnan(chi2)
    assert freedom == 1
