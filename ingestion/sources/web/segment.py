"""The `segment` source: event files of Segment, or of RudderStack, which has the same shape.

JSON Lines at any depth, often without a telling name: recognised by the first line of some files.
"""

from pathlib import Path

from ingestion.model import Found, Table
from ingestion.sources.web import event_files

SOURCE = "segment"
SCHEMA = "raw_segment"
EXPECTED = (
    "segment: files of Segment or RudderStack, one message a line with `messageId` and `type` "
    "(.jsonl, .json or .log, also gzipped; .gz)"
)
_SUFFIXES = (".jsonl", ".json", ".log", ".gz")
_COLUMNS = (
    "messageid type event name anonymousid userid previousid groupid timestamp originaltimestamp "
    "sentat receivedat properties context traits"
)


def tables() -> dict[str, Table]:
    """One raw table for messages of every type, named after the entity that most become."""
    messages = Table(
        SCHEMA, "web_events", tuple(_COLUMNS.split()), frozenset({"messageid", "type"})
    )
    return {messages.name: messages}


def matches(folder: Path) -> bool:
    """True when one of the first files begins with a message."""
    return event_files.any_begins_with(find(folder).files, {"messageId", "type"})


def find(folder: Path) -> Found:
    """The files of messages; other files become warnings."""
    return event_files.find(
        folder,
        source=SOURCE,
        table=tables()["web_events"],
        format_of=lambda name: "jsonl" if name.endswith(_SUFFIXES) else None,
        unread="it is no file of messages",
    )
