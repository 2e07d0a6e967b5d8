"""Parquet into a raw table, every column as text.

Times with a zone become ISO 8601 in UTC (`...Z`), times without one stay without, nested values
become JSON. DuckDB numbers the rows itself, so that this reads with all cores.
"""

import duckdb

from ingestion.errors import Refused
from ingestion.formats import mapped
from ingestion.formats.faults import duckdb_reason
from ingestion.formats.projection import check_names, insert_statement, project
from ingestion.model import FileCount, InputFile, Reading
from ingestion.sql import exact_path, identifier, literal

_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")


def examine(con: duckdb.DuckDBPyConnection, file: InputFile) -> None:
    """Refuses a file that is no Parquet or lacks a required column, before anything is read."""
    if file.path.stat().st_size == 0:
        raise Refused("the file is empty (0 bytes); export it again")
    names = [name for name, _ in _described(con, file)]
    if file.mapping:
        mapped.check_names(names, file=file)
        return
    check_names(names, table=file.table, constants=file.constants)


def load(con: duckdb.DuckDBPyConnection, file: InputFile, *, reading: Reading) -> FileCount:
    """Reads one file into its raw table. Raises duckdb.Error where a page of it is damaged."""
    described = _described(con, file)
    instants = _legacy_instants(con, file)
    names = [name for name, _ in described]
    texts = [_as_text(name, kind, is_instant=name in instants) for name, kind in described]
    numbered = f"{_source(file)[:-1]}, file_row_number = true)"
    if file.mapping:
        columns = [f"{text} as c{place}" for place, text in enumerate(texts)]
        source = (
            f"(select {', '.join(['file_row_number + 1 as number', *columns])} from {numbered})"
        )
        statement, unknown = mapped.insertion(names, source, file=file, reading=reading)
    else:
        projection = project(names, texts, table=file.table, constants=file.constants)
        unknown = projection.unknown_columns
        statement = insert_statement(
            reading, projection, number="file_row_number + 1", source=numbered
        )
    records = int(con.execute(statement).fetchall()[0][0])
    return FileCount(records, 0, unknown)


def _source(file: InputFile) -> str:
    return f"read_parquet({literal(exact_path(file.path))}, hive_partitioning = false)"


def _described(con: duckdb.DuckDBPyConnection, file: InputFile) -> list[tuple[str, str]]:
    try:
        rows = con.execute(f"describe select * from {_source(file)}").fetchall()
    except duckdb.Error as error:
        reason = duckdb_reason(error, file=file)
        raise Refused(f"not a Parquet file that can be read ({reason}); export it again") from error
    return [(str(row[0]), str(row[1])) for row in rows]


def _legacy_instants(con: duckdb.DuckDBPyConnection, file: InputFile) -> frozenset[str]:
    """Columns of the old INT96 type: instants in UTC though DuckDB shows no zone (Spark, Hive)."""
    path = literal(exact_path(file.path))
    rows = con.execute(f"select name from parquet_schema({path}) where type = 'INT96'").fetchall()
    return frozenset(str(row[0]) for row in rows)


def _as_text(name: str, kind: str, *, is_instant: bool) -> str:
    column = identifier(name)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"replace(({column} at time zone 'UTC')::varchar, ' ', 'T') || 'Z'"
    if kind.startswith("TIMESTAMP"):
        return f"replace({column}::varchar, ' ', 'T')" + (" || 'Z'" if is_instant else "")
    if kind.startswith(_NESTED) or kind.endswith("]"):
        return f"to_json({column})::varchar"
    return f"{column}::varchar"
