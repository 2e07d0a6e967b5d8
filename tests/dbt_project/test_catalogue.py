"""The catalogue of metrics names columns and tests that exist."""

import csv
from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT / "dbt_project" / "seeds" / "metric_catalogue.csv"


@pytest.fixture(scope="module")
def catalogue() -> list[dict[str, str]]:
    """The rows of the seed, by column."""
    with SEED.open(encoding="utf-8", newline="") as seed:
        return list(csv.DictReader(seed))


def exists(test: str, dbt_tests: set[str]) -> bool:
    """Whether a test of that name is there: a dbt test, or `file::test` of pytest."""
    if "::" not in test:
        return test in dbt_tests
    file, name = test.split("::")
    path = ROOT / file
    return path.is_file() and f"def {name}(" in path.read_text(encoding="utf-8")


def test_every_metric_is_explained(catalogue: list[dict[str, str]]) -> None:
    gaps = [(row["metric"], name) for row in catalogue for name, text in row.items() if not text]
    assert gaps == []
    assert len({row["metric"] for row in catalogue}) == len(catalogue)


def test_every_metric_is_published_where_it_says(
    catalogue: list[dict[str, str]], manifest: Manifest
) -> None:
    published = {
        f"{model.name}.{column}"
        for model in manifest.nodes.values()
        if isinstance(model, ModelNode) and model.name.startswith("rpt_")
        for column in model.columns
    }
    assert [row["metric"] for row in catalogue if row["mart_column"] not in published] == []


def test_every_metric_is_guarded_by_a_test_that_exists(
    catalogue: list[dict[str, str]], manifest: Manifest
) -> None:
    dbt_tests = {test.name for test in manifest.unit_tests.values()} | {
        node.name for node in manifest.nodes.values() if node.resource_type == "test"
    }
    assert [row["metric"] for row in catalogue if not exists(row["test"], dbt_tests)] == []
