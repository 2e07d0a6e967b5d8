"""The `ga4` source: Google Analytics 4 as it exports to BigQuery, extracted to files.

JSON Lines as `bq extract` writes them, or Parquet, at any depth; the tables of a day still being
written are told by `intraday` in their path.
"""

from pathlib import Path

from ingestion.model import Found, Table
from ingestion.sources.web import event_files

SOURCE = "ga4"
SCHEMA = "raw_ga4"
EXPECTED = (
    "ga4: files of Google Analytics 4's tables in BigQuery, `events_YYYYMMDD` and "
    "`events_intraday_YYYYMMDD`, one event a record with `event_timestamp` and `event_params` "
    "(.json, .jsonl or .ndjson, also gzipped; .gz; .parquet)"
)
_JSON_LINES = (".json", ".jsonl", ".ndjson", ".gz")
_COLUMNS = (
    "event_date event_timestamp event_name event_params event_previous_timestamp "
    "event_value_in_usd event_bundle_sequence_id event_server_timestamp_offset user_id "
    "user_pseudo_id privacy_info user_properties user_first_touch_timestamp user_ltv device geo "
    "app_info traffic_source stream_id platform event_dimensions ecommerce items "
    "collected_traffic_source is_active_user batch_event_index batch_page_id batch_ordering_id "
    "session_traffic_source_last_click publisher"
)


def tables() -> dict[str, Table]:
    """One raw table for the events of every day and stream."""
    events = Table(
        SCHEMA,
        "web_events",
        tuple(_COLUMNS.split()),
        frozenset({"event_date", "event_timestamp", "event_name"}),
    )
    return {events.name: events}


def matches(folder: Path) -> bool:
    """True when one of the first files begins with an event."""
    return event_files.any_begins_with(find(folder).files, {"event_timestamp", "event_params"})


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
    return "jsonl" if name.endswith(_JSON_LINES) else None
