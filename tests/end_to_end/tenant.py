"""A tenant as an operator has one: a home, folders of inputs, and the `cx` command.

Everything goes through the command in a process of its own, so that exit codes, messages and what
is left on disk are the real ones.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

REPOSITORY = Path(__file__).resolve().parents[2]
# The planted answers about the company's own brand need to be told which brand that is.
BRAND = "Simorgh"
HASH_KEY = "of the tests, and of nobody else"
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Both streams, for a failing test."""
        return f"exit code {self.code}\n{self.out}\n{self.err}"


@dataclass(frozen=True)
class Tenant:
    """One home and the folder that it is fed from."""

    home: Path
    inputs: Path

    def cx(self, *arguments: str | Path) -> Ended:
        """Run one command in this home."""
        environment = {
            **os.environ,
            "CX_HOME": str(self.home),
            "CX_BRAND": BRAND,
            "CX_HASH_KEY": HASH_KEY,
        }
        ended = subprocess.run(
            [sys.executable, "-m", "dagster_project.cli", *map(str, arguments)],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def refresh(self) -> Ended:
        """Read the inputs folder and publish."""
        return self.cx("refresh", "--inputs", self.inputs)

    def report(self) -> dict[str, Any]:
        """What the newest run wrote about itself."""
        text = (self.home / "runs" / "latest.json").read_text(encoding="utf-8")
        report: dict[str, Any] = json.loads(text)
        return report

    def rows(self, sql: str) -> list[Row]:
        """Rows of what is published."""
        return _rows(self.home / "serving.duckdb", sql)

    def raw_rows(self, sql: str) -> list[Row]:
        """Rows of what was read."""
        return _rows(self.home / "raw.duckdb", sql)

    def one(self, sql: str) -> Row:
        """The only row of a query."""
        (row,) = self.rows(sql)
        return row

    def copied_to(self, folder: Path) -> "Tenant":
        """The same tenant elsewhere, to be changed without touching this one.

        Raw knows files by their names within a folder, so a moved folder holds nothing new; only
        the address that the home remembers is left behind.
        """
        home, inputs = folder / "home", folder / "inputs"
        shutil.copytree(self.home, home, symlinks=True)
        shutil.copytree(self.inputs, inputs)
        (home / "cx.toml").unlink()
        return Tenant(home, inputs)


def _rows(database: Path, sql: str) -> list[Row]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def contents(home: Path) -> dict[str, str]:
    """A digest of every published table by name, without the ledger of runs."""
    with duckdb.connect(str(home / "serving.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_type = 'BASE TABLE' and table_schema <> 'ops' order by all"
        ).fetchall()
        return {f"{schema}.{table}": _digest(connection, schema, table) for schema, table in tables}


def _digest(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
    # When something was loaded is the one thing that may differ between two homes.
    query = f"""
        select md5(coalesce(string_agg(line, '|' order by line), ''))
        from (
            select
                cast(row(*columns(lambda c: c not in ('loaded_at', 'lag_seconds'))) as varchar)
                    as line
            from "{schema}"."{table}"
        )
    """
    found = connection.execute(query).fetchone()
    if found is None:
        raise AssertionError(f"{schema}.{table} has no digest")
    return str(found[0])
