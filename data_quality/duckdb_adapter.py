"""Great Expectations on DuckDB: an execution engine, a datasource, and a session over both.

The stock SQL datasource does not work over duckdb-engine (GX issue 10738): it closes its
connection before it reads the result, and on DuckDB cursor and connection are one, so nearly
every expectation errs with an IndexError. Here the connection lives as long as the session.
"""

from __future__ import annotations

import builtins
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import great_expectations as gx
import sqlalchemy as sa
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)

from data_quality.gates import GateError

PREVIOUS = "previous"


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Keeps one connection, and leaves it usable after a query that failed."""

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection

    def execute_query(self, query: Any) -> Any:
        """Runs one query; without the rollback every later check would err with the first."""
        with self.get_connection() as connection:
            try:
                return connection.execute(query)
            except sa.exc.SQLAlchemyError:
                connection.rollback()
                raise

    def close(self) -> None:
        """Lets go of the file: DuckDB frees it when its last connection has gone."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.engine.dispose()


class DuckDBDatasource(SQLDatasource):
    """A SQL datasource of its own type, so that GX picks the engine above."""

    type: Literal["cx_duckdb"] = "cx_duckdb"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> builtins.type[SqlAlchemyExecutionEngine]:
        return DuckDBExecutionEngine


@dataclass(frozen=True)
class Session:
    """A database opened read-only for GX and for plain questions, over one connection.

    has_previous: the published snapshot is attached, as the database `previous`.
    """

    context: Any
    datasource: DuckDBDatasource
    has_previous: bool

    @property
    def engine(self) -> SqlAlchemyExecutionEngine:
        return self.datasource.get_execution_engine()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Asks the database directly: to set bounds before, and to explain a failure after."""
        return [tuple(row) for row in self.engine.execute_query(sa.text(sql)).fetchall()]

    def kept(self, name: str, query: str) -> str:
        """A query over the query's rows, kept as a temporary table (in memory).

        GX runs a batch's query twice for every check of rows; worth it where the query joins.
        """
        self.rows(f"create or replace temporary table {quoted(name)} as {query}")
        self.commit()
        return f"select * from temp.main.{quoted(name)}"

    def commit(self) -> None:
        """What was attached or created stays: GX's own rollbacks would take it away again."""
        with self.engine.get_connection() as connection:
            connection.commit()

    @cached_property
    def tables(self) -> dict[str, tuple[str, ...]]:
        """Columns by "schema.table"."""
        return self._columns("current_database()")

    @cached_property
    def previous_tables(self) -> dict[str, tuple[str, ...]]:
        """The same of the published snapshot; empty on a first run."""
        return self._columns(f"'{PREVIOUS}'") if self.has_previous else {}

    def _columns(self, database: str) -> dict[str, tuple[str, ...]]:
        found = self.rows(
            "select schema_name || '.' || table_name, list(column_name order by column_index)"
            f" from duckdb_columns() where database_name = {database} and not internal group by 1"
        )
        return {name: tuple(columns) for name, columns in found}


@contextmanager
def open_session(database: Path, *, previous: Path | None, telemetry: bool) -> Iterator[Session]:
    """Opens `database` read-only and `previous` beside it; both are free again on leaving."""
    with _quiet("great_expectations"):
        context = gx.get_context(
            mode="ephemeral",
            project_config=DataContextConfig(
                # Without this, an ephemeral context makes a temporary folder for a docs site.
                store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
                analytics_enabled=telemetry,
                progress_bars=ProgressBarsConfig(globally=False),
            ),
        )
        datasource = DuckDBDatasource(
            name=database.stem,
            connection_string=f"duckdb:///{database}",
            kwargs={"connect_args": {"read_only": True}, "poolclass": sa.StaticPool},
        )
        session = Session(context, datasource, has_previous=_is_file(previous))
        try:
            _connect(session, database)
            if previous is not None and session.has_previous:
                _attach(session, previous)
            yield session
        finally:
            session.engine.close()


def _is_file(path: Path | None) -> bool:
    return path is not None and path.is_file()


def _connect(session: Session, database: Path) -> None:
    try:
        session.rows("select 1")
    except sa.exc.SQLAlchemyError as error:
        raise GateError(
            f"{database} cannot be opened for reading ({type(error).__name__}); another process"
            " may be writing it: wait for it to end, or see `cx status`"
        ) from None


def _attach(session: Session, previous: Path) -> None:
    path = str(previous).replace("'", "''")
    try:
        session.rows(f"attach '{path}' as {PREVIOUS} (read_only)")
        session.commit()
    except sa.exc.SQLAlchemyError:
        raise GateError(
            f"the snapshot {previous} cannot be read, so this build cannot be compared with it;"
            " `cx doctor` says what mends it"
        ) from None


@contextmanager
def _quiet(package: str) -> Iterator[None]:
    """Silences a package's loggers: GX logs whole tracebacks, and those may quote a row.

    What went wrong is not lost, it is told by the check that erred, redacted.
    """
    loggers = [
        logger
        for name, logger in logging.root.manager.loggerDict.items()
        # Each by itself: some have a level of their own, which one of the package does not reach.
        if isinstance(logger, logging.Logger) and name.split(".")[0] == package
    ]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in before:
            logger.setLevel(level)


def quoted(*names: str) -> str:
    """A quoted identifier, dotted when several names are given."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def literal(value: str) -> str:
    """A quoted text literal."""
    return "'" + value.replace("'", "''") + "'"
