"""dbt's unit tests (`<model>__<rule>` beside each model) run with the test suite."""

import pytest

from tests.dbt_project.building import Built, told


def test_dbt_unit_tests_pass(built: Built) -> None:
    # they are written for the settings' defaults; the rows in the database do not matter to them
    result = built.at_once.run(
        "test", "--select", "test_type:unit",
        values="{sources: [files, olist, sfo_survey]}",
    )  # fmt: skip
    if not result.success:
        pytest.fail(told(result))
    assert len(list(result.result)) >= 30  # type: ignore[arg-type]
