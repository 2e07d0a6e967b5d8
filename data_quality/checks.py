"""What a suite is made of: checks with keys over one query. Built per run, bounds included."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from great_expectations.expectations.expectation import Expectation

from data_quality.duckdb_adapter import Session
from data_quality.gates import GateSettings, Severity


@dataclass(frozen=True)
class Check:
    """One expectation with the words around it.

    meaning: what a failure means and what to do, one or two sentences.
    observed: what to show in place of GX's own observed value.
    counted: what the rows are that `no_rows` counts, so that "0" can be read.
    explain: queries that return one text column, run after a failure: counts, reasons, and rows
    named by file and record number. Never a value of a row.
    """

    key: str
    table: str
    severity: Severity
    expectation: Expectation
    meaning: str
    observed: str = ""
    counted: str = ""
    explain: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suite:
    """Checks over the rows of one query, which GX takes as one batch."""

    name: str
    query: str
    checks: tuple[Check, ...]

    @property
    def slug(self) -> str:
        """The name for GX and for files; GX puts names unescaped into links."""
        return re.sub(r"[^A-Za-z0-9_.-]", "_", self.name)


Planner = Callable[[Session, GateSettings], Iterable[Suite]]
