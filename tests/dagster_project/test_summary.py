"""Numbers as a reader is told them: rounded last, as metrics are."""

import pytest

from dagster_project.cli.summary import measure


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (12.974, "points", "+13"),
        (-6.45, "points", "-6"),
        (0.4, "points", "0"),
        (-0.4, "points", "0"),
        (100.0, "points", "+100"),
        (0.25, "rate", "25.0%"),
        (12.05, "per_thousand", "12.05"),
        (-0.001, "score", "0.00"),
        (4.125, "score", "4.12"),
        (None, "points", ""),
    ],
)
def test_value_is_told_as_its_unit_asks(value: float | None, unit: str, told: str) -> None:
    assert measure(value, unit) == told
