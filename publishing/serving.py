"""The serving snapshot: what readers open, replaced whole or not at all.

`publish_snapshot` copies the audited tables of the warehouse into a file of their own, proves
that it can be read, and only then moves the stable name over. Killed at any moment it leaves the
old snapshot or the new one under `serving.duckdb`, never a part of one. A reader who holds the
old file goes on reading it undisturbed: its name is gone, its content is not.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

STABLE_NAME = "serving.duckdb"
KEPT_SNAPSHOTS = 3
# Readers of DuckDB 1.4 and the Metabase driver open what 1.0 could have written.
STORAGE_VERSION = "v1.0.0"
PUBLISHED_SCHEMAS = ("marts", "quarantine")
# The row itself stays in the warehouse: it holds what a person wrote.
WITHHELD_COLUMNS = {("quarantine", "rejected_rows"): ("row_json",)}
OPS_SCHEMA = "ops"


class SnapshotRefused(RuntimeError):
    """The new snapshot is not what the warehouse holds; the old one stays in place."""


class NoSnapshot(RuntimeError):
    """There is no snapshot to read or to go back to."""


class Unreadable(NoSnapshot):
    """A snapshot's file is damaged; the message is one line with the cure in it."""


@dataclass(frozen=True)
class PublishedTable:
    """One table of a snapshot; `content_hash` does not depend on the order of rows."""

    schema: str
    name: str
    rows: int
    content_hash: str


@dataclass(frozen=True)
class Snapshot:
    """A published snapshot: its own file, kept beside the stable name."""

    path: Path
    run_id: str
    tables: tuple[PublishedTable, ...]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


def publish_snapshot(
    warehouse: Path,
    *,
    home: Path,
    run_id: str,
    ops: Mapping[str, pa.Table],
    on_table: Callable[[str], None] | None = None,
) -> Snapshot:
    """Write `serving-<run_id>.duckdb` and move `serving.duckdb` over to it.

    Args:
        warehouse: the audited database; nobody may be writing to it.
        home: the folder of both names.
        run_id: names the snapshot; a name of letters, digits and dashes.
        ops: tables of the schema `ops` by name (runs, gate results).
        on_table: told each table's name before it is copied.

    Raises:
        SnapshotRefused: the copy does not hold what the warehouse holds.
    """
    draft = home / f"serving-{run_id}.duckdb.draft"
    _remove_drafts(home)
    tables = _write(warehouse, draft, run_id=run_id, ops=ops, on_table=on_table)
    _prove(warehouse, draft, tables)
    _sync(draft)
    final = home / f"serving-{run_id}.duckdb"
    draft.replace(final)
    _point_to(final)
    for old in snapshots(home)[KEPT_SNAPSHOTS:]:
        old.unlink()
    return Snapshot(path=final, run_id=run_id, tables=tables)


def replace_ops_table(home: Path, name: str, rows: pa.Table) -> None:
    """Renew one table of the schema `ops` in the current snapshot, in one step as ever.

    The file is copied, for readers hold the old one: seconds for gigabytes, and nothing where the
    table holds these rows already.

    Raises:
        NoSnapshot: nothing has been published in this home.
    """
    run_id = current_run_id(home)
    stable, table = home / STABLE_NAME, f"{OPS_SCHEMA}.{_name(name)}"
    with duckdb.connect(str(stable), read_only=True) as connection:
        found = connection.execute(
            "select count(*) from duckdb_tables() where schema_name = ? and table_name = ?",
            [OPS_SCHEMA, name],
        ).fetchone()
        if found == (1,) and connection.execute(f"from {table}").to_arrow_table() == rows:
            return
    final = home / f"serving-{run_id}.duckdb"
    draft = home / f"{final.name}.draft"
    shutil.copyfile(stable, draft)
    with duckdb.connect(str(draft)) as connection:
        connection.register("ops_rows", rows)
        connection.execute(f"create or replace table {table} as select * from ops_rows")
        connection.execute("checkpoint")
    _sync(draft)
    draft.replace(final)
    _point_to(final)


def snapshots(home: Path) -> list[Path]:
    """The kept snapshots, newest first (run ids begin with their time)."""
    return sorted(home.glob("serving-*.duckdb"), reverse=True)


def current_run_id(home: Path) -> str:
    """The run whose snapshot readers see now.

    Raises:
        Unreadable: there is a file, and it is none that readers can open.
        NoSnapshot: nothing has been published in this home.
    """
    stable = home / STABLE_NAME
    if not stable.exists():
        raise NoSnapshot(f"nothing is published in {home} yet; run `cx refresh` first")
    try:
        return _run_id_in(stable)
    except Unreadable as error:
        raise Unreadable(f"{error}; {cure(home)}") from error


def cure(home: Path) -> str:
    """What mends a `serving.duckdb` that cannot be read."""
    kept = readable_snapshots(home)
    if kept:
        return f"run `cx rollback`: it puts run {run_id_of(kept[0])} back"
    return "run `cx refresh`: it builds and publishes again from raw"


def readable_snapshots(home: Path, *, before: str | None = None) -> list[Path]:
    """The kept snapshots that can be opened, newest first; only those older than a run."""
    older = (path for path in snapshots(home) if before is None or run_id_of(path) < before)
    return [path for path in older if is_readable(path)]


def is_readable(snapshot: Path) -> bool:
    """Whether a file can be opened as a snapshot."""
    try:
        _run_id_in(snapshot)
    except Unreadable:
        return False
    return True


def roll_back(home: Path, *, draw: Callable[[Path], object] | None = None) -> Path:
    """Put the snapshot before the current one back; returns its file.

    Where the current one cannot be read, the newest that can be read comes back. `draw` is given
    the file before readers see it; when it raises, the current snapshot stays.

    Raises:
        NoSnapshot: none is kept that could come back.
    """
    try:
        current = current_run_id(home)
        older = readable_snapshots(home, before=current)
    except Unreadable:
        current, older = "(unreadable)", readable_snapshots(home)
    if not older:
        raise NoSnapshot(
            f"no readable snapshot older than run {current} is kept in {home} (the newest "
            f"{KEPT_SNAPSHOTS} are); to build and publish again, run `cx refresh --full`"
        )
    if draw is not None:
        draw(older[0])
    _point_to(older[0])
    return older[0]


def _run_id_in(snapshot: Path) -> str:
    """The run that a snapshot's content tells of.

    Raises:
        Unreadable: it cannot be opened, or is no snapshot.
    """
    try:
        with duckdb.connect(str(snapshot), read_only=True) as connection:
            found = connection.execute(f"select run_id from {OPS_SCHEMA}.snapshot").fetchone()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise Unreadable(f"{snapshot} cannot be read as a snapshot ({reason})") from error
    if found is None:
        raise Unreadable(f"{snapshot} names no run")
    return str(found[0])


def published_tables(snapshot: Path) -> tuple[PublishedTable, ...]:
    """The tables of a snapshot as they were when it was published."""
    query = f"""
        select schema_name, table_name, row_count, content_hash
        from {OPS_SCHEMA}.published_tables
        order by all
    """
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        return tuple(PublishedTable(*row) for row in connection.execute(query).fetchall())


def _write(
    warehouse: Path,
    draft: Path,
    *,
    run_id: str,
    ops: Mapping[str, pa.Table],
    on_table: Callable[[str], None] | None,
) -> tuple[PublishedTable, ...]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach {sql_text(warehouse)} as source (read_only)")
        connection.execute(
            f"attach {sql_text(draft)} as target (storage_version '{STORAGE_VERSION}')"
        )
        tables = []
        for schema, name in _tables(connection, PUBLISHED_SCHEMAS):
            if on_table is not None:
                on_table(f"{schema}.{name}")
            tables.append(_copy_table(connection, schema, name))
        _write_ops(connection, ops, tables, run_id=run_id)
        connection.execute("checkpoint target")
        connection.execute("detach target")
    return tuple(tables)


def _copy_table(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> PublishedTable:
    withheld = WITHHELD_COLUMNS.get((schema, name), ())
    excluded = f" exclude ({', '.join(withheld)})" if withheld else ""
    target = f"target.{_name(schema)}.{_name(name)}"
    connection.execute(f"create schema if not exists target.{_name(schema)}")
    connection.execute(
        f"create table {target} as select *{excluded} from source.{_name(schema)}.{_name(name)}"
    )
    _copy_comments(connection, schema, name)
    found = connection.execute(
        f"select count(*), sum(hash(cx_row)::hugeint), "
        f"sum(hash(cx_row, 'cx')::hugeint) from {target} as cx_row"
    ).fetchone()
    columns = connection.execute(f"describe {target}").fetchall()
    content = repr(([column[:2] for column in columns], found))
    return PublishedTable(
        schema=schema,
        name=name,
        rows=int(found[0]) if found else 0,
        content_hash=hashlib.sha256(content.encode()).hexdigest(),
    )


def _copy_comments(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> None:
    where = "database_name = 'source' and schema_name = ? and table_name = ?"
    target = f"target.{_name(schema)}.{_name(name)}"
    withheld = WITHHELD_COLUMNS.get((schema, name), ())
    for (comment,) in connection.execute(
        f"select comment from duckdb_tables() where {where} and comment is not null", [schema, name]
    ).fetchall():
        connection.execute(f"comment on table {target} is {sql_text(comment)}")
    for column, comment in connection.execute(
        f"select column_name, comment from duckdb_columns() where {where} and comment is not null",
        [schema, name],
    ).fetchall():
        if column not in withheld:
            connection.execute(f"comment on column {target}.{_name(column)} is {sql_text(comment)}")


def _write_ops(
    connection: duckdb.DuckDBPyConnection,
    ops: Mapping[str, pa.Table],
    tables: Sequence[PublishedTable],
    *,
    run_id: str,
) -> None:
    connection.execute(f"create schema target.{OPS_SCHEMA}")
    own = {
        "snapshot": pa.table({"run_id": [run_id]}),
        "published_tables": pa.table(
            {
                "schema_name": [table.schema for table in tables],
                "table_name": [table.name for table in tables],
                "row_count": pa.array([table.rows for table in tables], pa.int64()),
                "content_hash": [table.content_hash for table in tables],
            }
        ),
    }
    for name, rows in {**ops, **own}.items():
        connection.register("ops_rows", rows)
        connection.execute(
            f"create table target.{OPS_SCHEMA}.{_name(name)} as select * from ops_rows"
        )
        connection.unregister("ops_rows")


def _prove(warehouse: Path, draft: Path, tables: Sequence[PublishedTable]) -> None:
    """Open the draft as a reader would, and count every table of the warehouse again in it."""
    with duckdb.connect(str(draft), read_only=True) as connection:
        connection.execute(f"attach {sql_text(warehouse)} as source (read_only)")
        expected = set(_tables(connection, PUBLISHED_SCHEMAS))
        if not any(schema == "marts" for schema, _ in expected):
            raise SnapshotRefused(f"{warehouse} holds no marts; run `cx refresh --full`")
        for schema, name in sorted(expected):
            qualified = f"{_name(schema)}.{_name(name)}"
            counts = connection.execute(
                f"select (select count(*) from source.{qualified}), "
                f"(select count(*) from {_name(_own_catalog(connection))}.{qualified})"
            ).fetchone()
            if counts is None or counts[0] != counts[1]:
                raise SnapshotRefused(f"{schema}.{name} has {counts} rows in warehouse and copy")
    if {(table.schema, table.name) for table in tables} != expected:
        raise SnapshotRefused("the warehouse gained or lost tables while it was copied")


def _own_catalog(connection: duckdb.DuckDBPyConnection) -> str:
    found = connection.execute("select current_database()").fetchone()
    return str(found[0]) if found else ""


def _tables(connection: duckdb.DuckDBPyConnection, schemas: Sequence[str]) -> list[tuple[str, str]]:
    query = """
        select schema_name, table_name
        from duckdb_tables()
        where database_name = 'source' and list_contains(?, schema_name)
        order by all
    """
    return [(str(a), str(b)) for a, b in connection.execute(query, [list(schemas)]).fetchall()]


def _point_to(snapshot: Path) -> None:
    """Make the stable name mean this snapshot, in one step."""
    draft = snapshot.with_name(f"{STABLE_NAME}.draft")
    draft.unlink(missing_ok=True)
    try:
        os.link(snapshot, draft)
    except OSError:  # a file system without hard links, or one that forbids them
        shutil.copyfile(snapshot, draft)
        _sync(draft)
    draft.replace(snapshot.with_name(STABLE_NAME))
    _sync(snapshot.parent)


def _remove_drafts(home: Path) -> None:
    for draft in [*home.glob("serving-*.draft*"), *home.glob(f"{STABLE_NAME}.draft*")]:
        draft.unlink()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def run_id_of(snapshot: Path) -> str:
    """The run that a snapshot's file name tells of."""
    return snapshot.stem.removeprefix("serving-")


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def sql_text(value: object) -> str:
    """A value as a SQL text literal, where none can be bound (attach, comment)."""
    return "'" + str(value).replace("'", "''") + "'"
