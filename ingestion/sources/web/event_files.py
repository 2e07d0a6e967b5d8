"""Finding exported event files, which lie at any depth and often bear no telling name."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from ingestion.errors import Refused
from ingestion.formats import plain_text
from ingestion.model import Found, InputFile, Table
from ingestion.sources.folder import files_below, leads_out, packing_of

# A folder of another source may hold thousands of such files.
FILES_LOOKED_AT = 5
_FOOTER = 1 << 17


def find(
    folder: Path,
    *,
    source: str,
    table: Table,
    format_of: Callable[[str], str | None],
    unread: str,
) -> Found:
    """The files of a folder whose names have a format; of the others a warning says `unread`.

    `format_of`: from the name of a file in lower case.
    """
    files: list[InputFile] = []
    warnings: list[str] = []
    for path in files_below(folder, notes=warnings):
        name = path.name.lower()
        if path.parts[0].lower() == "reference" or path.suffix.lower() in (".md", ".txt"):
            continue
        kind = format_of(name)
        if kind is None:
            warnings.append(f"{path} was not read: {unread}")
        else:
            files.append(InputFile(table, folder, str(path), kind, packing_of(name)))
    return Found(source, tuple(files), tuple(warnings))


def any_begins_with(files: Sequence[InputFile], keys: set[str]) -> bool:
    """True when one of the first files holds these columns, as JSON Lines or as Parquet."""
    return any(_begins_with(file, keys) for file in files[:FILES_LOOKED_AT])


def _begins_with(file: InputFile, keys: set[str]) -> bool:
    if leads_out(file.path, file.folder):
        return False
    if file.format == "parquet":
        footer = _footer(file.path)
        return all(key.encode() in footer for key in keys)
    try:
        record = json.loads(first_line(file))
    except ValueError:
        return False
    return isinstance(record, dict) and keys <= record.keys()


def first_line(file: InputFile) -> str:
    """The first line of a text file; empty where it cannot be read, which is said later."""
    try:
        return plain_text.read_head(file.path, file.packing).split("\n", 1)[0]
    except (OSError, Refused):
        return ""


def _footer(path: Path) -> bytes:
    """The end of a Parquet file, where the names of its columns stand."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _FOOTER))
            return file.read()
    except OSError:
        return b""
