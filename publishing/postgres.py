"""Copies the published marts into a PostgreSQL schema, all tables in one transaction.

Every table is loaded beside the one that readers use (DuckDB's COPY piped into psycopg's),
then takes its name. Names change hands only when no reader holds any of the tables: the swap
asks for that briefly and again, so that a long query neither fails nor makes others queue.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from publishing.described import Described

# One publisher at a time in a database; the number names this lock and nothing else.
_LOCK = 4_276_015_991
# Who waits longer than this for a lock makes the readers behind it wait as well. PostgreSQL
# looks for deadlocks after a second: in one between a reader and the swap, the swap gives way.
_LOCK_TIMEOUT = "300ms"
_PIPE_CHUNK = 1 << 18
_LEDGER = "cx_published"
_TYPES = {
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "numeric(39,0)",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "VARCHAR": "text",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}


class PostgresError(RuntimeError):
    """Nothing was changed in PostgreSQL; why, and what to do."""


class PostgresMisconfigured(PostgresError):
    """The address or the user's rights do not do; a repetition would not help."""


@dataclass(frozen=True)
class Copied:
    """What was copied; `rows` is 0 and `is_unchanged` true when the run was there already."""

    schema: str
    run_id: str
    tables: int
    rows: int
    seconds: float
    is_unchanged: bool = False


def publish(
    serving: Path,
    *,
    url: str,
    schema: str,
    run_id: str,
    described: Mapping[str, Described],
    is_forced: bool = False,
    patience_seconds: float = 120,
    on_table: Callable[[str], None] | None = None,
) -> Copied:
    """Bring a schema to the published snapshot, or leave it as it is.

    Args:
        serving: the snapshot; opened read-only.
        url: a connection string of libpq; never shown.
        schema: made when it is not there. Tables in it that we did not make are not touched.
        run_id: the run behind the snapshot; when it is there already, nothing is written.
        described: comments and keys by table.
        is_forced: copy although the run is there already.
        patience_seconds: how long the swap tries to find no reader on any of the tables.
        on_table: told the name of each table before it is copied.

    Raises:
        PostgresError: no connection, another publisher, or readers that never let go.
        PostgresMisconfigured: the connection string is none, its user lacks a right, a table of
            somebody else's is in the way, or views, functions or row security stand on ours.
    """
    began = time.monotonic()
    with (
        _connected(url, schema) as connection,
        duckdb.connect(str(serving), read_only=True) as snapshot,
    ):
        _take_lock(connection)
        _make_schema(connection, schema)
        if not is_forced and _published_run(connection, schema) == run_id:
            return Copied(schema, run_id, 0, 0, time.monotonic() - began, is_unchanged=True)
        names = [str(row[0]) for row in snapshot.execute(_TABLES_OF_MARTS).fetchall()]
        _refuse_foreign(connection, schema, names)
        rows: dict[str, int] = {}
        for name in names:
            if on_table is not None:
                on_table(name)
            rows[name] = _load(connection, snapshot, schema, name, described.get(name, Described()))
        _swap(connection, schema, names, patience_seconds)
        _note(connection, schema, rows, run_id)
        connection.commit()
    return Copied(schema, run_id, len(rows), sum(rows.values()), time.monotonic() - began)


_TABLES_OF_MARTS = """
    select table_name from duckdb_tables() where schema_name = 'marts' order by table_name
"""


@contextmanager
def _connected(url: str, schema: str) -> Iterator[psycopg.Connection]:
    try:
        connection = psycopg.connect(url, connect_timeout=10, application_name="cx publish")
    except psycopg.Error as error:
        is_text_wrong = isinstance(error, psycopg.ProgrammingError)
        raise (PostgresMisconfigured if is_text_wrong else PostgresError)(
            f"cannot connect to PostgreSQL ({_why_unconnected(error)}); CX_POSTGRES_URL names the "
            "server, as in postgresql://user:password@host:5432/database"
        ) from None  # the chained text may hold the address
    try:
        yield connection
    except psycopg.errors.InsufficientPrivilege as error:
        connection.rollback()
        raise PostgresMisconfigured(
            f"PostgreSQL refused ({_said(error)}); nothing was changed there. The user of "
            "CX_POSTGRES_URL needs a schema of its own, or the right to make one: "
            f"create schema {schema} authorization <user>"
        ) from error
    except psycopg.Error as error:
        connection.rollback()
        raise PostgresError(
            f"PostgreSQL refused ({_said(error)}); nothing was changed there"
        ) from error
    finally:
        connection.close()


def _why_unconnected(error: psycopg.Error) -> str:
    """The kind of libpq's text, which itself repeats user and host."""
    told = str(error)
    return next((why for sign, why in _UNCONNECTED.items() if sign in told), type(error).__name__)


# What stands in libpq's English text, and what it means; in other languages the class is told.
_UNCONNECTED = {
    "password authentication failed": "the user or the password is wrong",
    "no password supplied": "a password is needed",
    "Connection refused": "nothing listens at that host and port",
    "could not translate host name": "there is no such host",
    "failed to resolve host": "there is no such host",
    "timeout expired": "the host does not answer",
    "no pg_hba.conf entry": "the server admits no such connection, see its pg_hba.conf",
    "too many c": "the server has no connection left",
    "starting up": "the server is starting up",
    'role "': "there is no such user, or it may not sign in",
    'database "': "there is no such database, or the user may not connect to it",
    'missing "="': "it is no connection string",
}


def _said(error: psycopg.Error) -> str:
    """The server's own word, or the kind of failure: libpq's text repeats user and host."""
    return error.diag.message_primary or type(error).__name__


def _take_lock(connection: psycopg.Connection) -> None:
    taken = connection.execute("select pg_try_advisory_xact_lock(%s)", [_LOCK]).fetchone()
    if taken is None or not taken[0]:
        raise PostgresError("another `cx publish postgres` is at work there; try again after it")


def _make_schema(connection: psycopg.Connection, schema: str) -> None:
    # `if not exists` asks for the right to make schemas even where there is nothing to make
    there = connection.execute("select from pg_namespace where nspname = %s", [schema]).fetchone()
    if there is None:
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
    connection.execute(
        sql.SQL(
            "create table if not exists {} (table_name text primary key, rows bigint not null, "
            "run_id text not null, published_at timestamptz not null)"
        ).format(sql.Identifier(schema, _LEDGER))
    )


def _published_run(connection: psycopg.Connection, schema: str) -> str | None:
    """The run that our tables there come from, when all of them are there."""
    query = sql.SQL("select table_name, run_id from {}").format(sql.Identifier(schema, _LEDGER))
    noted = {str(table): str(run) for table, run in connection.execute(query).fetchall()}
    runs = set(noted.values())
    return runs.pop() if len(runs) == 1 and _ours(connection, schema) == set(noted) else None


def _ours(connection: psycopg.Connection, schema: str) -> set[str]:
    """The tables that we made and nobody has dropped since."""
    query = sql.SQL(
        "select table_name from {} join pg_class on relname = table_name and relkind = 'r' "
        "join pg_namespace n on n.oid = relnamespace and n.nspname = %s"
    ).format(sql.Identifier(schema, _LEDGER))
    return {str(row[0]) for row in connection.execute(query, [schema]).fetchall()}


def _refuse_foreign(connection: psycopg.Connection, schema: str, names: Sequence[str]) -> None:
    """Stop before a table that somebody else made, and before what a new copy would undo: what
    stands on ours (views, functions that return their rows), and rules about who sees which row."""
    ours = _ours(connection, schema)
    there = connection.execute(
        "select relname from pg_class join pg_namespace n on n.oid = relnamespace "
        "where n.nspname = %s and relkind in ('r', 'v', 'm', 'p', 'f')",
        [schema],
    ).fetchall()
    foreign = sorted({str(row[0]) for row in there} & set(names) - ours)
    if foreign:
        raise PostgresMisconfigured(
            f"{schema}.{foreign[0]} is there and was not made by cx publish; rename it, or set "
            "CX_POSTGRES_SCHEMA to another schema"
        )
    guarded = connection.execute(_ROW_SECURITY, [schema, sorted(ours)]).fetchone()
    if guarded is not None:
        raise PostgresMisconfigured(
            f"{schema}.{guarded[0]} has row security, which a new copy would lose; disable it "
            "before publishing, and grant its readers a function that selects their rows"
        )
    standing = connection.execute(_DEPENDENTS, [schema, sorted(ours)]).fetchone()
    if standing is not None:
        what, table = standing
        raise PostgresMisconfigured(
            f"the {what} stands on {schema}.{table}, which a new copy replaces; drop it before "
            "publishing and make it again after"
        )


_ROW_SECURITY = """
    select relname from pg_class join pg_namespace n on n.oid = relnamespace
    where n.nspname = %s and relname = any(%s) and relrowsecurity
    order by 1
"""
# On a table, or on the type of its rows; what PostgreSQL makes along with it depends otherwise.
_DEPENDENTS = """
    select
        case
            when pg_depend.classid = 'pg_rewrite'::regclass
                then 'view ' || (
                    select nspname || '.' || relname
                    from pg_rewrite
                    join pg_class views on views.oid = pg_rewrite.ev_class
                    join pg_namespace on pg_namespace.oid = views.relnamespace
                    where pg_rewrite.oid = pg_depend.objid
                )
            else pg_describe_object(pg_depend.classid, pg_depend.objid, pg_depend.objsubid)
        end,
        tables.relname
    from pg_class tables
    join pg_namespace space on space.oid = tables.relnamespace
    join pg_type row_type on row_type.oid = tables.reltype
    join pg_depend
        on (pg_depend.refclassid = 'pg_class'::regclass and pg_depend.refobjid = tables.oid)
        or (
            pg_depend.refclassid = 'pg_type'::regclass
            and pg_depend.refobjid in (row_type.oid, row_type.typarray)
        )
    where space.nspname = %s and tables.relname = any(%s) and pg_depend.deptype = 'n'
    order by 1, 2
"""


def _load(
    connection: psycopg.Connection,
    snapshot: duckdb.DuckDBPyConnection,
    schema: str,
    name: str,
    described: Described,
) -> int:
    """One table under its draft name, filled, described and granted; its number of rows."""
    draft = sql.Identifier(schema, _draft(name))
    columns = snapshot.execute(
        "select column_name, data_type from duckdb_columns() "
        "where schema_name = 'marts' and table_name = ? order by column_index",
        [name],
    ).fetchall()
    definitions = [
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(_type(name, column, kind)))
        for column, kind in columns
    ]
    connection.execute(sql.SQL("drop table if exists {}").format(draft))
    connection.execute(
        sql.SQL("create table {} ({})").format(draft, sql.SQL(", ").join(definitions))
    )
    rows = _pipe(connection, snapshot, name, columns, draft)
    _add_key(connection, draft, described.key, [column for column, _ in columns])
    _describe(connection, draft, described, [column for column, _ in columns])
    _copy_grants(connection, schema, name)
    return rows


def _type(table: str, column: str, kind: str) -> str:
    if kind.startswith("DECIMAL"):
        return kind.replace("DECIMAL", "numeric")
    if kind not in _TYPES:
        raise PostgresError(
            f"marts.{table}.{column} is {kind}, which PostgreSQL has no type for; cast it there"
        )
    return _TYPES[kind]


def _pipe(
    connection: psycopg.Connection,
    snapshot: duckdb.DuckDBPyConnection,
    name: str,
    columns: Sequence[tuple[str, str]],
    draft: sql.Identifier,
) -> int:
    """Copy through a pipe: neither side ever holds the table as a whole."""
    reading, writing = os.pipe()
    # PostgreSQL's text cannot hold the character NUL, DuckDB's can.
    selected = ", ".join(
        f"replace({_quoted(column)}, chr(0), '') as {_quoted(column)}"
        if kind == "VARCHAR"
        else _quoted(column)
        for column, kind in columns
    )
    query = (
        f"copy (select {selected} from marts.{_quoted(name)}) "
        f"to '/dev/fd/{writing}' (format csv, header false)"
    )
    failures: list[Exception] = []

    def write() -> None:
        try:
            snapshot.execute(query)
        except duckdb.Error as error:
            failures.append(error)
        finally:
            os.close(writing)

    writer = threading.Thread(target=write, name=f"copy {name}")
    writer.start()
    try:
        into = sql.SQL("copy {} from stdin (format csv)").format(draft)
        with connection.cursor() as cursor:
            with cursor.copy(into) as copy:
                while chunk := os.read(reading, _PIPE_CHUNK):
                    copy.write(chunk)
                writer.join()
                if failures:
                    raise PostgresError(f"marts.{name} could not be read: {failures[0]}")
            return cursor.rowcount
    finally:
        os.close(reading)
        writer.join()


def _add_key(
    connection: psycopg.Connection,
    draft: sql.Identifier,
    key: Sequence[str],
    columns: Sequence[str],
) -> None:
    """The primary key; where a part of it may be null (all time has no start), a unique index."""
    if not key or not set(key) <= set(columns):
        return
    parts = sql.SQL(", ").join(sql.Identifier(column) for column in key)
    is_null = sql.SQL(" or ").join(sql.SQL("{} is null").format(sql.Identifier(c)) for c in key)
    query = sql.SQL("select exists (select from {} where {})").format(draft, is_null)
    found = connection.execute(query).fetchone()
    if found is not None and not found[0]:
        connection.execute(sql.SQL("alter table {} add primary key ({})").format(draft, parts))
    else:
        connection.execute(sql.SQL("create unique index on {} ({})").format(draft, parts))


def _describe(
    connection: psycopg.Connection,
    draft: sql.Identifier,
    described: Described,
    columns: Sequence[str],
) -> None:
    if described.comment:
        connection.execute(
            sql.SQL("comment on table {} is {}").format(draft, sql.Literal(described.comment))
        )
    for column, comment in described.columns.items():
        if comment and column in columns:
            connection.execute(
                sql.SQL("comment on column {}.{} is {}").format(
                    draft, sql.Identifier(column), sql.Literal(comment)
                )
            )


def _copy_grants(connection: psycopg.Connection, schema: str, name: str) -> None:
    """Who may read the table that is there may read the one that takes its place."""
    draft = sql.Identifier(schema, _draft(name))
    grants = connection.execute(_GRANTS, [schema, name, schema, name]).fetchall()
    for column, grantee, privilege, is_grantable in grants:
        what: sql.Composable = sql.SQL(privilege)
        if column is not None:
            what = sql.SQL("{} ({})").format(what, sql.Identifier(column))
        whom = sql.SQL("public") if grantee is None else sql.Identifier(grantee)
        option = sql.SQL(" with grant option" if is_grantable else "")
        statement = sql.SQL("grant {} on {} to {}{}").format(what, draft, whom, option)
        try:
            with connection.transaction():
                connection.execute(statement)
        except psycopg.errors.UndefinedColumn:
            # the column is gone from the mart, and the right to it with it
            continue


_GRANTS = """
    select null::text, roles.rolname, acl.privilege_type, acl.is_grantable
    from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    cross join aclexplode(relacl) acl
    left join pg_roles roles on roles.oid = acl.grantee
    where nspname = %s and relname = %s and acl.grantee <> relowner
    union all
    select attname, roles.rolname, acl.privilege_type, acl.is_grantable
    from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
    cross join aclexplode(attacl) acl
    left join pg_roles roles on roles.oid = acl.grantee
    where nspname = %s and relname = %s and acl.grantee <> relowner
"""


def _swap(
    connection: psycopg.Connection, schema: str, names: Sequence[str], patience_seconds: float
) -> None:
    """Give every draft its name, and drop what it replaces and what is published no more."""
    old = sorted(_ours(connection, schema))
    deadline = time.monotonic() + patience_seconds
    connection.execute(sql.SQL("set local lock_timeout = {}").format(sql.Literal(_LOCK_TIMEOUT)))
    while True:
        try:
            with connection.transaction():
                _exchange(connection, schema, names, old)
            return
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"readers have held tables of {schema} for {patience_seconds:.0f} s; nothing "
                    "was changed. Publish again when they have ended (pg_stat_activity names them)"
                ) from None
            time.sleep(0.2)


def _exchange(
    connection: psycopg.Connection, schema: str, names: Sequence[str], old: Sequence[str]
) -> None:
    if old:
        tables = sql.SQL(", ").join(sql.Identifier(schema, name) for name in old)
        connection.execute(sql.SQL("lock table {} in access exclusive mode").format(tables))
        connection.execute(sql.SQL("drop table {}").format(tables))
    for name in names:
        connection.execute(
            sql.SQL("alter table {} rename to {}").format(
                sql.Identifier(schema, _draft(name)), sql.Identifier(name)
            )
        )


def _note(
    connection: psycopg.Connection, schema: str, rows: Mapping[str, int], run_id: str
) -> None:
    ledger = sql.Identifier(schema, _LEDGER)
    connection.execute(sql.SQL("delete from {}").format(ledger))
    with connection.cursor() as cursor:
        cursor.executemany(
            sql.SQL("insert into {} values (%s, %s, %s, now())").format(ledger),
            [(name, count, run_id) for name, count in rows.items()],
        )


def _draft(name: str) -> str:
    """Within PostgreSQL's 63 bytes for every table of ours."""
    return f"{name}__draft"


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
