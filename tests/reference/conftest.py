"""Runs the SQL macros and models of dbt_project in a bare DuckDB, without a dbt run.

The text that is tested is the text that dbt renders: `SqlProject` reads the same macro and model
files and gives them the few names of dbt's context that they use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
DBT_PROJECT = REPOSITORY / "dbt_project"
MACRO_FOLDERS = ("portable", "metrics")  # a macro sees those read before it


class ReturnedValue(Exception):
    """dbt's `return()`: ends a macro and hands back a value instead of text."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


class Adapter:
    """The one method of dbt's adapter that the macros call: the DuckDB form of a macro."""

    def __init__(self, macros: dict[str, Any]) -> None:
        self.macros = macros

    def dispatch(self, name: str, _package: str) -> Callable[..., object]:
        return self.macros[f"duckdb__{name}"]


class DbtMacros:
    """The macros of dbt itself that the models call."""

    @staticmethod
    def datediff(first: str, second: str, part: str) -> str:
        return f"date_diff('{part}', {first}, {second})"

    @staticmethod
    def escape_single_quotes(text: str) -> str:
        return text.replace("'", "''")

    @staticmethod
    def string_literal(text: str) -> str:
        return f"'{text}'"


class SqlProject:
    """Renders macros and models of dbt_project to SQL text for DuckDB."""

    def __init__(self, **variables: object) -> None:
        settings = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text())["vars"]
        self.variables: dict[str, object] = {**settings, **variables}
        self.environment = jinja2.Environment(
            extensions=["jinja2.ext.do"],
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # noqa: S701 - SQL, not HTML
        )
        names = self.environment.globals
        names.update(
            {
                "return": self._return,
                "var": self.variables.__getitem__,
                "ref": lambda name: name,
                "source": lambda _schema, name: name,
                "config": lambda **_settings: "",
                "adapter": Adapter(names),
                "dbt": DbtMacros(),
            }
        )
        for folder in MACRO_FOLDERS:
            for path in sorted((DBT_PROJECT / "macros" / folder).glob("*.sql")):
                module = self.environment.from_string(path.read_text()).module
                for name, macro in vars(module).items():
                    if isinstance(macro, jinja2.runtime.Macro):
                        names[name] = self._as_dbt_macro(macro)

    @staticmethod
    def _return(value: object) -> None:
        raise ReturnedValue(value)

    @staticmethod
    def _as_dbt_macro(macro: jinja2.runtime.Macro) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            try:
                return str(macro(*args, **kwargs)).strip()
            except ReturnedValue as returned:
                return returned.value

        return call

    def macro(self, name: str, *args: object) -> str:
        """SQL text of one macro call."""
        return str(self.environment.globals[name](*args))  # type: ignore[operator]

    def model(self, path: str) -> str:
        """SQL text of one model, its references being bare table names."""
        source = (DBT_PROJECT / "models" / path).read_text()
        return self.environment.from_string(source).render()


@pytest.fixture(scope="session")
def project() -> SqlProject:
    return SqlProject()


@pytest.fixture
def evaluate(
    project: SqlProject, connection: duckdb.DuckDBPyConnection
) -> Callable[..., float | None]:
    """Value of one macro call whose arguments are SQL expressions."""

    def call(name: str, *args: object) -> float | None:
        row = connection.sql(f"select {project.macro(name, *map(str, args))}").fetchone()
        assert row is not None
        return None if row[0] is None else float(row[0])

    return call


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set threads = 2")
        yield opened
