"""A raw.duckdb in a temporary home, and an inputs folder to fill it from."""

import os
from pathlib import Path

import pytest

from tests.ingestion.raw_home import REPOSITORY, Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    return Home(tmp_path / "home" / "raw.duckdb", inputs)


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The public datasets, which are never part of the repository."""
    folder = Path(os.environ.get("CX_DATASETS", REPOSITORY.parent / "shared" / "datasets"))
    if not folder.is_dir():
        pytest.skip(f"no public datasets at {folder}: set CX_DATASETS to run these tests")
    return folder
