"""A JSON document into a raw table, such as an answer of an API that was saved as a file: one
record for each element of the lists at its top, with the name of its list.

The document is read whole: an answer is a page of some hundred records.
"""

import json
from typing import Any

import duckdb

from ingestion.errors import Refused
from ingestion.formats.projection import insert_statement, project
from ingestion.model import FileCount, InputFile, Reading

COLUMNS = ("list", "record")


def load(con: duckdb.DuckDBPyConnection, file: InputFile, *, reading: Reading) -> FileCount:
    """Reads one file into its raw table. Raises Refused where it is no JSON object."""
    import pyarrow as pa  # a refresh with nothing new needs none

    found = [
        {"number": number, "list": name, "record": json.dumps(element, ensure_ascii=False)}
        for number, (name, element) in enumerate(_elements(file), start=1)
    ]
    if found:
        projection = project(COLUMNS, COLUMNS, table=file.table, constants=file.constants)
        con.register("document_elements", pa.Table.from_pylist(found))
        con.execute(
            insert_statement(reading, projection, number="number", source="document_elements")
        )
        con.unregister("document_elements")
    return FileCount(len(found), 0, ())


def _elements(file: InputFile) -> list[tuple[str, Any]]:
    try:
        document = json.loads(file.path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Refused("it is not UTF-8; save it as UTF-8") from error
    except json.JSONDecodeError as error:
        raise Refused(
            f"it is no JSON from line {error.lineno} on; is it complete? Export it again"
        ) from error
    if not isinstance(document, dict):
        raise Refused("it is no JSON object; save the answer as it came")
    return [
        (name, element)
        for name, value in document.items()
        if isinstance(value, list)
        for element in value
    ]
