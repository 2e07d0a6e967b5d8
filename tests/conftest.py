"""What every test stands on: no setting of the machine that it runs on."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.postgres_server import postgres_url as postgres_url

# The machines are slow and shared: how long an example takes is no finding.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole runs first, which take minutes each: as the last ones they would keep one process busy
    while the other has nothing left."""
    items.sort(
        key=lambda item: "end_to_end" not in item.path.parts and item.path.name != "test_readme.py"
    )


@pytest.fixture(scope="session", autouse=True)
def _settings_of_nobody() -> Iterator[None]:
    """A developer's own CX_* variables must not decide whether a test passes."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("CX_")]:
            if name not in ("CX_DATASETS", "CX_REFERENCE_CASES"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def reference_folder() -> Path:
    """Where the published reference cases lie."""
    folder = Path(
        os.environ.get(
            "CX_REFERENCE_CASES", Path(__file__).resolve().parents[2] / "shared" / "reference-cases"
        )
    )
    if not (folder / "cases.json").is_file():
        pytest.skip(f"no cases.json in {folder}; set CX_REFERENCE_CASES to its folder")
    return folder


@pytest.fixture(scope="session")
def cases(reference_folder: Path) -> dict[str, dict[str, Any]]:
    """The published reference cases by id."""
    return {case["id"]: case for case in json.loads((reference_folder / "cases.json").read_text())}
