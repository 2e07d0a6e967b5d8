"""The one place where a name or a text becomes part of an SQL statement."""

from pathlib import Path

_GLOB_CHARACTERS = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})


def identifier(name: str) -> str:
    """`name` as a quoted identifier."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def literal(text: str | None) -> str:
    """`text` as a string literal, for the places that take no bound parameter."""
    if text is None:
        return "null"
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def qualified(schema: str, table: str) -> str:
    """`schema`.`table`, quoted."""
    return f"{identifier(schema)}.{identifier(table)}"


def exact_path(path: Path) -> str:
    """`path` for DuckDB's readers, which would take `orders?.csv` or `[1]` as a pattern."""
    return str(path).translate(_GLOB_CHARACTERS)
