"""raw.duckdb: its schemas and tables, the hash key of its people, and the ledger of what was read.

The one file that cannot be rebuilt. One process opens it for writing; dbt attaches it read-only.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingestion.errors import HashKeyChanged, RawLocked
from ingestion.formats.plain_text import Fingerprint
from ingestion.formats.projection import BOOKKEEPING_COLUMNS
from ingestion.formats.rejected import TABLE as REJECTED_TABLE
from ingestion.model import REFERENCE_SCHEMA, Table
from ingestion.sql import identifier, qualified

LOADED, REFUSED = "loaded", "refused"

_REJECTED_COLUMNS = {
    "_load_id": "integer",
    "_file_id": "integer",
    "_file": "varchar",
    "entity": "varchar",
    "line_number": "bigint",
    "line_text": "varchar",
    "error": "varchar",
}
_LEDGER = """
    create schema if not exists ops;
    create table if not exists ops.loads (load_id integer, source varchar, loaded_at timestamp);
    create table if not exists ops.files (
        file_id integer, load_id integer, source varchar, entity varchar, file varchar,
        bytes bigint, sha256 varchar, records bigint, rejected_lines bigint, status varchar,
        message varchar
    );
    create table if not exists ops.fetches (
        source varchar, source_system varchar, raw_table varchar, asked_at timestamp,
        fetched_at timestamp, refused varchar
    );
"""
_KEYS = """
    create schema if not exists identity;
    create table if not exists identity.issued_keys (
        node bigint, customer_key bigint, merged_into bigint
    );
    create schema if not exists private;
    create table if not exists private.hash_key (inner_key varchar, outer_key varchar);
"""


@dataclass(frozen=True)
class LedgerEntry:
    """One file of one load, as `ops.files` keeps it."""

    file_id: int
    load_id: int
    source: str
    entity: str
    file: str
    bytes: int | None
    sha256: str | None
    records: int
    rejected_lines: int
    status: str
    message: str | None


# Everything noted about the files of a source, by entity and file name, the newest last.
History = Mapping[tuple[str, str], Sequence[LedgerEntry]]


@contextmanager
def open_for_writing(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to raw.duckdb, made if it is not there. Raises RawLocked if it is in use."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        con = duckdb.connect(str(path), config={"autoinstall_known_extensions": "false"})
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
            raise
        raise RawLocked(
            f"{path} is open in another process; wait until it has finished, or end it: "
            f"{_holder(error)}"
        ) from error
    except duckdb.ConnectionException as error:
        raise RawLocked(
            f"{path} is still open in this process ({error}); close that connection first"
        ) from error
    try:
        con.execute("set TimeZone = 'UTC'")
        yield con
    finally:
        con.close()


def _holder(error: duckdb.IOException) -> str:
    """The part of DuckDB's message that names the process."""
    message = str(error)
    return message[message.find("Conflicting lock") :].partition(". See")[0]


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing: whatever leaves the block by an exception takes its writes with it."""
    con.execute("begin transaction")
    try:
        yield
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


def ensure_ledger(con: duckdb.DuckDBPyConnection) -> None:
    """Creates the tables that say what was fetched and read, if they are not there."""
    con.execute(_LEDGER)


def ensure_tables(
    con: duckdb.DuckDBPyConnection,
    tables: Iterable[Table],
    *,
    reference: Mapping[str, Sequence[str]],
) -> None:
    """Creates what is missing; a column that the contract has gained is added, none is taken."""
    existing = _existing_columns(con)
    ensure_ledger(con)
    con.execute(_KEYS)
    by_schema: dict[str, list[Table]] = {}
    for table in tables:
        by_schema.setdefault(table.schema, []).append(table)
    for schema, members in by_schema.items():
        con.execute(f"create schema if not exists {identifier(schema)}")
        _ensure(con, schema, REJECTED_TABLE, columns=_REJECTED_COLUMNS, existing=existing)
        for table in members:
            columns = dict.fromkeys(table.columns, "varchar") | BOOKKEEPING_COLUMNS
            _ensure(con, schema, table.name, columns=columns, existing=existing)
    con.execute(f"create schema if not exists {REFERENCE_SCHEMA}")
    for name, header in reference.items():
        columns = dict.fromkeys(header, "varchar")
        _ensure(con, REFERENCE_SCHEMA, name, columns=columns, existing=existing)


def _existing_columns(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], set[str]]:
    rows = con.execute(
        """
        select schema_name, table_name, list(column_name) from duckdb_columns()
        where database_name = current_database() group by all
        """
    ).fetchall()
    return {(schema, table): set(columns) for schema, table, columns in rows}


def _ensure(
    con: duckdb.DuckDBPyConnection,
    schema: str,
    name: str,
    *,
    columns: Mapping[str, str],
    existing: Mapping[tuple[str, str], set[str]],
) -> None:
    target = qualified(schema, name)
    present = existing.get((schema, name))
    if present is None:
        listed = ", ".join(f"{identifier(column)} {kind}" for column, kind in columns.items())
        con.execute(f"create table {target} ({listed})")
        return
    for column, kind in columns.items():
        if column not in present:
            con.execute(f"alter table {target} add column {identifier(column)} {kind}")


def ensure_hash_key(con: duckdb.DuckDBPyConnection, hash_key: str) -> None:
    """Stores the two digests that the SQL of HMAC needs, so that no secret stands in SQL text."""
    inner, outer = (
        hashlib.sha256(f"{hash_key}{part}".encode()).hexdigest() for part in ("inner", "outer")
    )
    stored = con.execute("select inner_key, outer_key from private.hash_key").fetchall()
    if not stored:
        con.execute("insert into private.hash_key values (?, ?)", [inner, outer])
    elif stored != [(inner, outer)]:
        raise HashKeyChanged(
            "raw.duckdb was made with another hash key, so every customer key would change; set "
            "CX_HASH_KEY to the earlier one (or restore hash.key), or begin with a new CX_HOME"
        )


def forget_load(con: duckdb.DuckDBPyConnection, table: Table, load_id: int) -> None:
    """Takes back what a load wrote for one table, within the running transaction."""
    rejected = qualified(table.schema, REJECTED_TABLE)
    rows = qualified(table.schema, table.name)
    con.execute(f"delete from {rows} where _load_id = ?", [load_id])
    con.execute(f"delete from {rejected} where _load_id = ? and entity = ?", [load_id, table.name])


def next_ids(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """The next load id and the next file id; there is one writer, so the greatest plus one."""
    row = con.execute(
        """
        select
            (select coalesce(max(load_id), 0) + 1 from ops.loads),
            (select coalesce(max(file_id), 0) + 1 from ops.files)
        """
    ).fetchall()[0]
    return int(row[0]), int(row[1])


def ledger(con: duckdb.DuckDBPyConnection, source: str) -> History:
    """The files of a source as they were noted."""
    # Not filtered in SQL: a bound parameter makes DuckDB import pandas and pyarrow, half a second
    # that a call with nothing new would otherwise not pay.
    rows = con.execute("select * from ops.files order by file_id").fetchall()
    entries: dict[tuple[str, str], list[LedgerEntry]] = {}
    for entry in (LedgerEntry(*row) for row in rows):
        if entry.source == source:
            entries.setdefault((entry.entity, entry.file), []).append(entry)
    return entries


def was_read(history: Sequence[LedgerEntry], now: Fingerprint, *, namesakes: int = 1) -> bool:
    """True when what was last loaded under the file's name is what it holds now.

    `namesakes`: as many inputs folders of this call hold a file of that name; then any of the
    newest so many contents will do, else two folders would displace each other for ever.
    """
    loaded = (entry for entry in reversed(history) if entry.status == LOADED)
    contents = dict.fromkeys((entry.bytes, entry.sha256) for entry in loaded)
    return (now.bytes, now.sha256) in list(contents)[:namesakes]


def note_load(con: duckdb.DuckDBPyConnection, load_id: int, *, source: str, now: datetime) -> None:
    loaded_at = now.astimezone(UTC).replace(tzinfo=None)
    con.execute("insert into ops.loads values (?, ?, ?)", [load_id, source, loaded_at])


def note_files(con: duckdb.DuckDBPyConnection, entries: Iterable[LedgerEntry]) -> None:
    for entry in entries:
        values = list(vars(entry).values())
        marks = ", ".join("?" for _ in values)
        con.execute(f"insert into ops.files values ({marks})", values)
