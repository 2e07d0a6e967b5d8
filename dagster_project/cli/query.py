"""`cx query`: read-only SQL on what is published. Imports nothing but DuckDB before it runs."""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from dagster_project.cli.outcome import DONE, UsageError
from dagster_project.settings import load_settings

# In this order: the zone needs an extension, which the second line would refuse to load.
_LIMITS = (
    "set TimeZone = 'UTC'",
    "set enable_external_access = false",
    "set lock_configuration = true",
)
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_READS = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


def query(arguments: argparse.Namespace) -> int:
    """Print the rows of one select statement."""
    names, rows = select(load_settings(arguments.home).serving, arguments.sql)
    if arguments.format == "csv":
        writer = csv.writer(sys.stdout)  # RFC 4180
        writer.writerow(names)
        writer.writerows([_cell(value) for value in row] for row in rows)
    elif arguments.format == "json":
        objects = [dict(zip(names, map(_number, row), strict=True)) for row in rows]
        json.dump(objects, sys.stdout, ensure_ascii=False, default=str)
        sys.stdout.write("\n")
    else:
        _print_table(names, rows)
    return DONE


def select(serving: Path, sql: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """Names and rows of one statement on a snapshot; times are UTC.

    The database is opened read-only and DuckDB may touch no other file, so that a query can
    neither change nor export anything beyond its own rows.

    Raises:
        UsageError: nothing that can be read is published, or the statement is not one readable
            select.
    """
    if not serving.exists():
        raise UsageError(f"nothing is published in {serving.parent}; run `cx refresh` first")
    with _opened(serving) as connection:
        for limit in _LIMITS:
            connection.execute(limit)
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type not in _READS:
                raise UsageError("give exactly one select statement")
            cursor = connection.execute(statements[0])
            names = [column[0] for column in cursor.description or []]
            return names, cursor.fetchall()
        except duckdb.Error as error:
            raise UsageError(str(error)) from error


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        from publishing import serving

        reason = str(error).splitlines()[0]
        raise UsageError(
            f"{path} cannot be read ({reason}); {serving.cure(path.parent)}"
        ) from error


def _print_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    from dagster_project.console import table

    table(names, [[_shown(value) for value in row] for row in rows])


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return value


def _cell(value: object) -> object:
    """A value for a file that may be opened in a spreadsheet, which runs a text as a formula."""
    is_formula = isinstance(value, str) and value.startswith(_FORMULA)
    return f"'{value}" if is_formula else _plain(value)


def _number(value: object) -> object:
    """JSON knows neither exact decimals nor infinities."""
    number = float(value) if isinstance(value, Decimal) else _plain(value)
    return None if isinstance(number, float) and not math.isfinite(number) else number


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(_plain(value))
