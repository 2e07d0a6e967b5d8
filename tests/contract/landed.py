"""What a fetch of a vendor's test server landed."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ingestion.fetching import landing, spool
from ingestion.fetching.model import ApiSystem, Connection, FetchReport, Span

START = datetime(2020, 1, 1, tzinfo=UTC)


def account(system: ApiSystem, url: str, **secrets: str) -> Connection:
    return Connection(system.SOURCE, system.SOURCE, url, START, secrets)


def fetch(
    system: ApiSystem,
    of: Connection,
    home: Path,
    *,
    end: datetime | None = None,
    doubtful: Collection[str] = (),
) -> FetchReport:
    """Fetches with the shortest patience."""
    span = Span(of.start, end)
    return landing.fetch(system, of, home=home, span=span, doubtful=doubtful, patience=0.01)


def records(system: ApiSystem, of: Connection, home: Path) -> dict[str, list[dict[str, Any]]]:
    """All landed records by table, in the order in which they landed."""
    [found] = spool.find([of], home=home, tables={system.SOURCE: system.tables()})
    landed: dict[str, list[dict[str, Any]]] = {}
    for file in found.files:
        texts = pq.read_table(file.path).column("record").to_pylist()
        landed.setdefault(file.table.name, []).extend(json.loads(text) for text in texts)
    return landed


def newest(system: ApiSystem, of: Connection, home: Path) -> dict[str, dict[str, Any]]:
    """The last landed version of each record that has an id, by table and id."""
    return {
        table: {record["id"]: record for record in rows if "id" in record}
        for table, rows in records(system, of, home).items()
    }
