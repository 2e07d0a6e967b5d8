"""Reads inputs folders and fetched records into raw.duckdb: what is new, once, whole or not at all.

One load = one source in one call, in one transaction with its ledger rows: a process killed in the
middle loses nothing and doubles nothing. A file that was read before (same name, size and hash) is
not read again; a grown or replaced one is read whole, and dbt picks the newest version of each row.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from ingestion import layout, raw
from ingestion.errors import UnrecognisedLayout
from ingestion.fetching import spool
from ingestion.fetching.model import Connection
from ingestion.layout import Catalogue
from ingestion.loading import Progress, Run, load_source
from ingestion.report import EntityReport, IngestReport

_SCRATCH_PREFIX = ".ingesting-"


def recognise(folder: Path) -> str:
    """The source whose layout the folder has.

    Raises UnrecognisedLayout, which lists what was expected.
    """
    return layout.recognise(folder, tables=layout.catalogue())


def unreadable(folders: Sequence[Path]) -> dict[Path, str]:
    """Why some of the folders are of no use now; most often a drive that is not mounted."""
    tables = layout.catalogue()
    reasons: dict[Path, str] = {}
    for folder in folders:
        try:
            layout.recognise(folder, tables=tables)
        except UnrecognisedLayout as error:
            reasons[folder] = str(error).splitlines()[0] if folder.exists() else "it is not there"
    return reasons


def ensure_raw(raw_path: Path, *, hash_key: str) -> None:
    """Creates raw.duckdb with every schema and table that dbt may name; harmless to repeat."""
    with raw.open_for_writing(raw_path) as con:
        _ensure(con, tables=layout.catalogue(), hash_key=hash_key)


def ingest(
    raw_path: Path,
    *,
    inputs: Sequence[Path],
    hash_key: str,
    now: datetime,
    accounts: Sequence[Connection] = (),
    on_progress: Progress | None = None,
    is_whole: bool = True,
) -> IngestReport:
    """Reads what is new in the inputs folders into raw.duckdb, and what was fetched of `accounts`.

    `is_whole`: no folder is missing from `inputs`, so that a reference file which none of them
    holds has been taken away.
    Raises UnrecognisedLayout before anything is opened, RawLocked and HashKeyChanged before
    anything is read. A file that cannot be read refuses its entity only: `IngestReport.refused`.
    """
    started = time.monotonic()
    tables = layout.catalogue()
    sources = layout.find_all(inputs, tables=tables)
    fetched = spool.find(accounts, home=raw_path.parent, tables=tables.fetched)
    entities: list[EntityReport] = []
    with raw.open_for_writing(raw_path) as con, _scratch(raw_path.parent) as scratch:
        _ensure(con, tables=tables, hash_key=hash_key)
        # Files may add to what a system holds (changes of its tickets), never the other way round.
        for found in [*fetched, *sources]:
            run = Run(con, found.source, now, scratch, on_progress or _silent)
            reference = tables.reference if is_whole else {}
            entities.extend(load_source(run, found, reference=reference))
    refused = {(entity.source, entity.entity) for entity in entities if entity.refused}
    spool.clear(fetched, refused=refused)
    warnings = tuple(warning for found in sources for warning in found.warnings)
    return IngestReport(tuple(entities), warnings, time.monotonic() - started)


def _ensure(con: duckdb.DuckDBPyConnection, *, tables: Catalogue, hash_key: str) -> None:
    reference = {name: table.columns for name, table in tables.reference.items()}
    with raw.transaction(con):
        raw.ensure_tables(con, tables.raw_tables, reference=reference)
        raw.ensure_hash_key(con, hash_key)


@contextmanager
def _scratch(home: Path) -> Iterator[Path]:
    """A folder for unpacked and repaired copies, beside raw.duckdb where space was planned for.

    What a killed process left behind is removed: whoever holds raw.duckdb is alone.
    """
    for leftover in home.glob(f"{_SCRATCH_PREFIX}*"):
        shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(prefix=_SCRATCH_PREFIX, dir=home) as folder:
        yield Path(folder)


def _silent(_: str) -> None:
    """For callers that show no progress."""
