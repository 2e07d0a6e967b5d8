"""Fixtures of the gates' tests: files to fill, and a gate to judge them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data_quality.gates import GateName, GateResult, GateSettings, run_gate
from tests.data_quality.gate_files import SETTINGS, Judge, RawFile, Warehouse


@pytest.fixture
def raw(tmp_path: Path) -> RawFile:
    return RawFile(tmp_path / "raw.duckdb")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


@pytest.fixture
def serving(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "serving.duckdb")


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Runs a gate over the file of this test."""

    def run(name: GateName, *, settings: GateSettings = SETTINGS, **changes: Any) -> GateResult:
        database = tmp_path / ("raw.duckdb" if name == "raw" else "warehouse.duckdb")
        return run_gate(
            name,
            database=database,
            docs_dir=tmp_path / "data_docs",
            settings=replace(settings, **changes),
        )

    return run
