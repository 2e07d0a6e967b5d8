"""The `snowplow` source: Snowplow's events, as the enriched stream or as the table atomic.events.

The stream's files bear names such as `part-00000.gz`; JSON Lines say so in their names.
"""

from pathlib import Path

from ingestion.formats import enriched_tsv
from ingestion.model import Found, Table
from ingestion.sources.folder import leads_out
from ingestion.sources.web import event_files

SOURCE = "snowplow"
SCHEMA = "raw_snowplow"
EXPECTED = (
    "snowplow: files of enriched events, 131 values between tabs a line (.tsv, .gz or no suffix), "
    "or of the table atomic.events (.json, .jsonl or .ndjson, also gzipped; .parquet)"
)
_JSON_LINES = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")


def tables() -> dict[str, Table]:
    """One raw table for events of every kind; the stream does not know when one was loaded."""
    events = Table(
        SCHEMA,
        "web_events",
        (*enriched_tsv.COLUMNS, "load_tstamp"),
        frozenset({"event_id", "collector_tstamp"}),
    )
    return {events.name: events}


def matches(folder: Path) -> bool:
    """True when one of the first files begins with an event."""
    files = find(folder).files
    return event_files.any_begins_with(files, {"event_id", "collector_tstamp"}) or any(
        file.format == "enriched_tsv"
        and not leads_out(file.path, file.folder)
        and enriched_tsv.is_event(event_files.first_line(file))
        for file in files[: event_files.FILES_LOOKED_AT]
    )


def find(folder: Path) -> Found:
    """The files of events; other files become warnings."""
    return event_files.find(
        folder,
        source=SOURCE,
        table=tables()["web_events"],
        format_of=_format,
        unread="it is no file of events",
    )


def _format(name: str) -> str | None:
    if name.endswith(".parquet"):
        return "parquet"
    if name.endswith(_JSON_LINES):
        return "jsonl"
    return "enriched_tsv" if name.endswith((".tsv", ".gz")) or "." not in name else None
