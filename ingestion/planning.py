"""What has to be read: files that are new or have changed, and what is known to be wrong with them.

Decided before the transaction begins, from names, sizes, hashes and headers.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from ingestion import raw
from ingestion.errors import Refused
from ingestion.formats import csv_files, json_lines, parquet_files, plain_text
from ingestion.formats.plain_text import Fingerprint
from ingestion.model import InputFile, Table
from ingestion.raw import LOADED, History
from ingestion.report import Refusal
from ingestion.sources.folder import LINK_OUT, leads_out


@dataclass(frozen=True)
class Pending:
    """A file that has to be read; `fingerprint` is None when it cannot be opened."""

    file: InputFile
    fingerprint: Fingerprint | None


@dataclass(frozen=True)
class Plan:
    """What has to be done for one entity; a plan with `refused` reads nothing."""

    table: Table
    pending: tuple[Pending, ...]
    unchanged: int
    refused: tuple[Refusal, ...]


def plan_source(
    con: duckdb.DuckDBPyConnection, files: Sequence[InputFile], *, history: History
) -> list[Plan]:
    """One plan per entity that has files, in the order in which they were found."""
    by_entity: dict[str, list[InputFile]] = {}
    for file in files:
        by_entity.setdefault(file.table.entity, []).append(file)
    return [_plan_entity(con, members, history=history) for members in by_entity.values()]


def _plan_entity(
    con: duckdb.DuckDBPyConnection, files: Sequence[InputFile], *, history: History
) -> Plan:
    table = files[0].table
    namesakes = Counter(file.name for file in files)
    pending: list[Pending] = []
    refused: list[Refusal] = []
    for file in files:
        try:
            now = _fingerprint(file)
        except Refused as refusal:
            pending.append(Pending(file, None))
            refused.append(_refusal(file, str(refusal)))
            continue
        noted = history.get((table.entity, file.name), ())
        if not raw.was_read(noted, now, namesakes=namesakes[file.name]):
            pending.append(Pending(file, now))
            refused.extend(_examine(con, file))
    if not table.is_history and len(files) > 1:
        refused.append(_refusal(files[0], "two inputs folders hold this file; keep one of them"))
    return Plan(table, tuple(pending), len(files) - len(pending), tuple(refused))


def _fingerprint(file: InputFile) -> Fingerprint:
    """What the file holds now, and how it is read: one whose mapping has changed is read again.

    Raises Refused for a file of no use, before it is opened.
    """
    if leads_out(file.path, file.folder):
        raise Refused(f"it is {LINK_OUT}")
    if file.refusal:
        raise Refused(file.refusal)
    try:
        now = plain_text.fingerprint(file.path)
    except OSError as error:
        raise Refused(f"it cannot be opened: {error.strerror}") from error
    if file.mapping is None:
        return now
    both = hashlib.sha256(f"{now.sha256} {file.mapping.digest}".encode()).hexdigest()
    return replace(now, sha256=both)


def _refusal(file: InputFile, message: str) -> Refusal:
    return Refusal(file.table.entity, file.name, message)


def _examine(con: duckdb.DuckDBPyConnection, file: InputFile) -> list[Refusal]:
    """The refusal that the beginning of a file calls for, if any; a log has no header."""
    try:
        if file.format == "parquet":
            parquet_files.examine(con, file)
        elif file.format == "jsonl":
            json_lines.examine(file)
        elif file.format == "csv":
            csv_files.examine(file)
    except Refused as refusal:
        return [_refusal(file, str(refusal))]
    return []


def removed_reference(
    files: Sequence[InputFile], *, history: History, reference: Mapping[str, Table]
) -> dict[str, Table]:
    """Reference tables that an earlier call filled and no file of this one does, by file name."""
    present = {file.table.entity for file in files}
    absent = {table.entity: table for table in reference.values() if table.entity not in present}
    removed: dict[str, Table] = {}
    for (entity, name), entries in history.items():
        loaded = [entry for entry in entries if entry.status == LOADED]
        # An entry without hash notes a removal; see loading.py.
        if entity in absent and loaded and loaded[-1].sha256:
            removed[name] = absent[entity]
    return removed
