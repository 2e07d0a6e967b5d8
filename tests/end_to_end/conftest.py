"""One published company for all end-to-end tests, whichever process they run in."""

import fcntl
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.tenant import REPOSITORY, Tenant

CUSTOMERS, MONTHS, SEED = 500, 12, 11


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Tenant:
    """A sample company, generated and published once; tests read it and change only copies."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "company"
    folder.mkdir(exist_ok=True)
    tenant = Tenant(folder / "home", folder / "inputs")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "published").exists():
            size = ["--customers", CUSTOMERS, "--months", MONTHS, "--seed", SEED]
            generated = tenant.cx("generate", "--out", tenant.inputs, *map(str, size))
            assert generated.code == 0, generated.said
            refreshed = tenant.refresh()
            assert refreshed.code == 0, refreshed.said
            (folder / "published").touch()
    return tenant


@pytest.fixture(scope="session")
def truth(company: Tenant) -> dict[str, Any]:
    """The planted answers of the company."""
    text = (company.inputs / "truth.json").read_text(encoding="utf-8")
    planted: dict[str, Any] = json.loads(text)
    return planted


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The public datasets, which are never part of the repository."""
    folder = Path(os.environ.get("CX_DATASETS", REPOSITORY.parent / "shared" / "datasets"))
    if not folder.is_dir():
        pytest.skip(f"no public datasets at {folder}: set CX_DATASETS to run these tests")
    return folder
