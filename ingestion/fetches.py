"""How the last fetch of each connected account's tables ended, and when one last went well.

It lies in raw's ledger, beside the rows that the fetches brought: a raw that is put back from a
backup then says how old it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingestion import raw
from ingestion.sql import literal


@dataclass(frozen=True)
class TableFetch:
    """One table of one account. `fetched_at` is None while no fetch has gone well, `refused` while
    the last one did."""

    source: str
    source_system: str
    raw_table: str
    asked_at: datetime
    fetched_at: datetime | None
    refused: str | None


def reasons_by_table(tables: Collection[str], refused: Mapping[str, str]) -> dict[str, str | None]:
    """Every table with the reason why it was refused; None where it was not.

    What is refused and is no table, such as a secret that is missing, concerns all of them.
    """
    of_all = next((reason for name, reason in refused.items() if name not in tables), None)
    return {table: of_all or refused.get(table) for table in tables}


def note_fetch(
    path: Path, *, source: str, source_system: str, reasons: Mapping[str, str | None], at: datetime
) -> None:
    """Replaces what raw says of an account by how a fetch of its tables ended.

    Raises RawLocked if raw is in use. Call it under the writer lock.
    """
    with raw.open_for_writing(path) as con, raw.transaction(con):
        raw.ensure_ledger(con)
        before = {
            known.raw_table: known.fetched_at
            for known in _read(con)
            if known.source_system == source_system
        }
        # Written as text: a bound value makes DuckDB import pandas, half a second.
        con.execute(f"delete from ops.fetches where source_system = {literal(source_system)}")
        for table, reason in reasons.items():
            told = (source, source_system, table, at, before.get(table) if reason else at, reason)
            con.execute(f"insert into ops.fetches values ({', '.join(map(_literal, told))})")


def read_fetches(path: Path) -> list[TableFetch]:
    """What raw says of all accounts: nothing where there is no raw, or one that knows of no fetch.

    Raises duckdb.IOException while another process has it open for writing.
    """
    if not path.exists():
        return []
    with duckdb.connect(str(path), read_only=True) as con:
        has_table = "from duckdb_tables() where schema_name = 'ops' and table_name = 'fetches'"
        return _read(con) if con.execute(has_table).fetchall() else []


def last_well(fetches: Sequence[TableFetch]) -> datetime | None:
    """Since when none of the tables has been fetched well; None where one of them never was."""
    moments = [fetch.fetched_at for fetch in fetches if fetch.fetched_at is not None]
    return min(moments) if moments and len(moments) == len(fetches) else None


def _read(con: duckdb.DuckDBPyConnection) -> list[TableFetch]:
    query = """
        select source, source_system, raw_table, asked_at, fetched_at, refused
        from ops.fetches
        order by source_system, raw_table
    """
    return [
        TableFetch(source, account, table, _in_utc(asked_at), at and _in_utc(at), refused)
        for source, account, table, asked_at, at, refused in con.execute(query).fetchall()
    ]


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def _literal(value: str | datetime | None) -> str:
    if isinstance(value, datetime):
        value = f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    return literal(value)
