"""The few expectations that the suites are made of, typed and named after what they ask.

All are aggregates or counts of rows: none reports a value of a row, which is why these and no
others (the runner refuses the rest). Imported from their defining modules, because GX's short
import path is not one that a type checker may follow.
"""

from __future__ import annotations

from typing import Any

from great_expectations.expectations.core.expect_column_max_to_be_between import (
    ExpectColumnMaxToBeBetween,
)
from great_expectations.expectations.core.expect_column_min_to_be_between import (
    ExpectColumnMinToBeBetween,
)
from great_expectations.expectations.core.expect_column_proportion_of_non_null_values_to_be_between import (  # noqa: E501
    ExpectColumnProportionOfNonNullValuesToBeBetween,
)
from great_expectations.expectations.core.expect_table_row_count_to_be_between import (
    ExpectTableRowCountToBeBetween,
)
from great_expectations.expectations.core.expect_table_row_count_to_equal import (
    ExpectTableRowCountToEqual,
)
from great_expectations.expectations.core.unexpected_rows_expectation import (
    UnexpectedRowsExpectation,
)
from great_expectations.expectations.expectation import Expectation


def rows_equal(count: int) -> Expectation:
    return ExpectTableRowCountToEqual(value=count)


def rows_between(low: int, high: int | None = None) -> Expectation:
    return ExpectTableRowCountToBeBetween(min_value=low, max_value=high)


def share_filled(column: str, *, at_least: float) -> Expectation:
    """Share (0..1) of rows in which the column is not null."""
    return ExpectColumnProportionOfNonNullValuesToBeBetween(column=column, min_value=at_least)


def largest(column: str, *, at_least: Any) -> Expectation:
    """`at_least` is of the column's own type; ISO days compare as text."""
    return ExpectColumnMaxToBeBetween(column=column, min_value=at_least)


def smallest(column: str, *, at_least: int) -> Expectation:
    return ExpectColumnMinToBeBetween(column=column, min_value=at_least)


def no_rows(where: str = "true") -> Expectation:
    """No row of the batch fulfils the condition (SQL). The way to what DuckDB lacks, e.g. regex."""
    return UnexpectedRowsExpectation(
        # The condition is text of SQL and not of str.format, which GX applies to the query.
        unexpected_rows_query="select * from {batch} where "
        + where.replace("{", "{{").replace("}", "}}")
    )
