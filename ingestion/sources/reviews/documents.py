"""Finding answers of an API, or parts of an archive, that were saved as JSON documents."""

from pathlib import Path

from ingestion.errors import Refused
from ingestion.formats import json_documents, plain_text
from ingestion.model import Found, Table
from ingestion.sources.folder import leads_out
from ingestion.sources.web import event_files


def table(schema: str) -> Table:
    """The raw table for elements of every list, named after the entity that most become."""
    return Table(schema, "reviews", json_documents.COLUMNS, frozenset(json_documents.COLUMNS))


def any_says(found: Found, word: str) -> bool:
    """True when one of the first files says `word` in its beginning."""
    for file in found.files[: event_files.FILES_LOOKED_AT]:
        if leads_out(file.path, file.folder):
            continue
        try:
            if word in plain_text.read_head(file.path, file.packing):
                return True
        except (OSError, Refused):
            continue
    return False


def find(folder: Path, *, source: str, table: Table) -> Found:
    """The documents; other files become warnings."""
    return event_files.find(
        folder,
        source=source,
        table=table,
        format_of=lambda name: "json_document" if name.endswith(".json") else None,
        unread="it is no .json document",
    )
