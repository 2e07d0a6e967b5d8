"""One load: what is new of one source, in one transaction with its ledger rows."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path

import duckdb

from ingestion import raw, reference_data
from ingestion.errors import Refused
from ingestion.formats import (
    combined_log,
    csv_files,
    enriched_tsv,
    json_documents,
    json_lines,
    parquet_files,
)
from ingestion.formats.faults import duckdb_reason
from ingestion.model import FileCount, Found, Reading, Table
from ingestion.planning import Pending, Plan, plan_source, removed_reference
from ingestion.raw import LOADED, REFUSED, History, LedgerEntry
from ingestion.report import EntityReport, Refusal

Progress = Callable[[str], None]

# What DuckDB raises for a file's content. A full disk or exhausted memory is no fault of a file.
_FILE_ERRORS = (duckdb.InvalidInputException, duckdb.ConversionException)


@dataclass(frozen=True)
class Run:
    """What every step of a load needs."""

    con: duckdb.DuckDBPyConnection
    source: str
    now: datetime
    scratch: Path
    progress: Progress


@dataclass(frozen=True)
class _Outcome:
    """What was done for one entity."""

    table: Table
    unchanged: int
    entries: tuple[LedgerEntry, ...]
    unknown_columns: tuple[str, ...]
    refused: tuple[Refusal, ...]
    seconds: float


class _TransactionLost(Exception):
    """DuckDB stopped in the middle of a file, and its error has ended the whole transaction."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def load_source(run: Run, found: Found, *, reference: Mapping[str, Table]) -> list[EntityReport]:
    """Reads what is new of one source. An entity that cannot be read leaves the others alone.

    `reference`: the tables that are emptied when no file fills them any more.
    """
    history = raw.ledger(run.con, run.source)
    namesakes = Counter((file.table.entity, file.name) for file in found.files)
    plans = plan_source(run.con, found.files, history=history)
    removed = removed_reference(found.files, history=history, reference=reference)
    while True:
        try:
            return _attempt(run, plans, history=history, namesakes=namesakes, removed=removed)
        except _TransactionLost as lost:
            # Nothing was written: begin again without the entity that cannot be read.
            plans = [
                replace(plan, refused=(lost.refusal,))
                if plan.table.entity == lost.refusal.entity
                else plan
                for plan in plans
            ]


def _attempt(
    run: Run,
    plans: Sequence[Plan],
    *,
    history: History,
    namesakes: Mapping[tuple[str, str], int],
    removed: Mapping[str, Table],
) -> list[EntityReport]:
    with raw.transaction(run.con):
        load_id, first_file_id = raw.next_ids(run.con)
        ids = count(first_file_id)
        outcomes = [_load_entity(run, plan, load_id=load_id, ids=ids) for plan in plans]
        outcomes += [
            _clear_reference(run, table, name=name, load_id=load_id, file_id=next(ids))
            for name, table in removed.items()
        ]
        entries = [entry for outcome in outcomes for entry in outcome.entries]
        news = [
            entry
            for entry in entries
            if not _is_known_refusal(entry, history=history, namesakes=namesakes)
        ]
        if news:
            raw.note_load(run.con, load_id, source=run.source, now=run.now)
            raw.note_files(run.con, news)
    with_news = {entry.entity for entry in news}
    return [
        _report(run, outcome, load_id=load_id if outcome.table.entity in with_news else None)
        for outcome in outcomes
    ]


def _is_known_refusal(
    entry: LedgerEntry, *, history: History, namesakes: Mapping[tuple[str, str], int]
) -> bool:
    """True when the file's newest entry says the same already: no news, no load.

    Of several inputs folders with a file of that name each has an entry; see `raw.was_read`.
    """
    key = (entry.entity, entry.file)
    noted = [replace(known, file_id=0, load_id=0) for known in reversed(history.get(key, ()))]
    newest = list(dict.fromkeys(noted))[: namesakes.get(key, 1)]
    return entry.status == REFUSED and replace(entry, file_id=0, load_id=0) in newest


def _load_entity(run: Run, plan: Plan, *, load_id: int, ids: Iterator[int]) -> _Outcome:
    """Reads the pending files of one entity, all or none."""
    started = time.monotonic()
    numbered = [(pending, next(ids)) for pending in plan.pending]
    counts: list[FileCount] = []
    refused = plan.refused
    try:
        for pending, file_id in numbered if not refused else ():
            counts.append(_load_file(run, pending, load_id=load_id, file_id=file_id))
    except Refused as refusal:
        file = numbered[len(counts)][0].file
        refused = (Refusal(plan.table.entity, file.name, str(refusal)),)
        if plan.table.is_history:
            raw.forget_load(run.con, plan.table, load_id)
    if refused:
        counts = [FileCount(0, 0)] * len(numbered)
    entries = tuple(
        _entry(run, pending, file_count, refused=refused, load_id=load_id, file_id=file_id)
        for (pending, file_id), file_count in zip(numbered, counts, strict=True)
    )
    unknown = dict.fromkeys(name for result in counts for name in result.unknown_columns)
    seconds = time.monotonic() - started
    return _Outcome(plan.table, plan.unchanged, entries, tuple(unknown), refused, seconds)


def _load_file(run: Run, pending: Pending, *, load_id: int, file_id: int) -> FileCount:
    """Reads one file and says so. Raises Refused, or _TransactionLost where DuckDB gave up."""
    file = pending.file
    reading = Reading(file.table, load_id, file_id, file.name)
    with tempfile.TemporaryDirectory(dir=run.scratch) as folder:
        try:
            result = _read(run.con, pending, reading=reading, scratch=Path(folder))
        except _FILE_ERRORS as error:
            reason = duckdb_reason(error, file=file)
            message = f"the file cannot be read to its end ({reason}); export it again"
            raise _TransactionLost(Refusal(file.table.entity, file.name, message)) from error
        except OSError as error:
            raise Refused(f"it cannot be read: {error.strerror}") from error
    now = file.path.stat()
    before = pending.fingerprint
    if before and (now.st_size, now.st_mtime_ns) != (before.bytes, before.modified_ns):
        raise Refused("it was changed while it was read; run again when it is complete")
    run.progress(f"{run.source}: {file.name}: {_counted(result)}")
    return result


def _counted(result: FileCount) -> str:
    records = "1 record" if result.records == 1 else f"{result.records:,} records"
    if not result.rejected_lines:
        return records
    lines = "1 line" if result.rejected_lines == 1 else f"{result.rejected_lines:,} lines"
    return f"{records}, {lines} rejected"


def _read(
    con: duckdb.DuckDBPyConnection, pending: Pending, *, reading: Reading, scratch: Path
) -> FileCount:
    file = pending.file
    if not file.table.is_history:
        rows = reference_data.read(file)
        reference_data.replace_rows(con, file.table, rows)
        return FileCount(rows.count, 0, rows.unknown_columns)
    if file.format == "parquet":
        return parquet_files.load(con, file, reading=reading)
    if file.format == "jsonl":
        return json_lines.load(con, file, reading=reading, scratch=scratch)
    if file.format == "json_document":
        return json_documents.load(con, file, reading=reading)
    if file.format == "combined_log":
        return combined_log.load(con, file, reading=reading, scratch=scratch)
    if file.format == "enriched_tsv":
        return enriched_tsv.load(con, file, reading=reading, scratch=scratch)
    return csv_files.load(con, file, reading=reading, scratch=scratch)


def _entry(
    run: Run,
    pending: Pending,
    result: FileCount,
    *,
    refused: Sequence[Refusal],
    load_id: int,
    file_id: int,
) -> LedgerEntry:
    file, print_ = pending.file, pending.fingerprint
    messages = {refusal.file: refusal.message for refusal in refused}
    beside = f"not read, because {refused[0].file} was refused" if refused else None
    return LedgerEntry(
        file_id=file_id,
        load_id=load_id,
        source=run.source,
        entity=file.table.entity,
        file=file.name,
        bytes=print_.bytes if print_ else None,
        sha256=print_.sha256 if print_ else None,
        records=result.records,
        rejected_lines=result.rejected_lines,
        status=REFUSED if refused else LOADED,
        message=messages.get(file.name, beside),
    )


def _clear_reference(run: Run, table: Table, *, name: str, load_id: int, file_id: int) -> _Outcome:
    """Empties a reference table whose file is gone, and notes it without a hash."""
    reference_data.clear(run.con, table)
    run.progress(f"{run.source}: {name} is gone: the seed holds again")
    entry = LedgerEntry(
        file_id, load_id, run.source, table.entity, name, 0, None, 0, 0, LOADED, "removed"
    )
    return _Outcome(table, 0, (entry,), (), (), 0.0)


def _report(run: Run, outcome: _Outcome, *, load_id: int | None) -> EntityReport:
    read = [entry for entry in outcome.entries if entry.status == LOADED]
    return EntityReport(
        source=run.source,
        entity=outcome.table.entity,
        load_id=load_id,
        files_read=len(read),
        files_unchanged=outcome.unchanged,
        records=sum(entry.records for entry in read),
        rejected_lines=sum(entry.rejected_lines for entry in read),
        refused=outcome.refused,
        unknown_columns=outcome.unknown_columns,
        seconds=outcome.seconds,
    )
