"""The `segment` source: event files of Segment, or of RudderStack, which has the same shape.

JSON Lines at any depth, often without a telling name: recognised by the first line of some files.
"""

import json
from pathlib import Path

from ingestion.errors import Refused
from ingestion.formats import plain_text
from ingestion.model import Found, InputFile, Table
from ingestion.sources.folder import files_below, leads_out, packing_of

SOURCE = "segment"
SCHEMA = "raw_segment"
EXPECTED = (
    "segment: files of Segment or RudderStack, one message a line with `messageId` and `type` "
    "(.jsonl, .json or .log, also gzipped; .gz)"
)
_SUFFIXES = (".jsonl", ".json", ".log", ".gz")
# A folder of another source may hold thousands of such files.
_FILES_LOOKED_AT = 5
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
    return any(_begins_with_message(file) for file in find(folder).files[:_FILES_LOOKED_AT])


def missing_files(folder: Path) -> tuple[str, ...]:
    """None: any file may be there or not."""
    del folder
    return ()


def find(folder: Path) -> Found:
    """The files of messages; other files become warnings."""
    messages = tables()["web_events"]
    files: list[InputFile] = []
    warnings: list[str] = []
    for path in files_below(folder, notes=warnings):
        name = path.name.lower()
        if path.parts[0].lower() == "reference" or path.suffix.lower() in (".md", ".txt"):
            continue
        if name.endswith(_SUFFIXES):
            files.append(InputFile(messages, folder, str(path), "jsonl", packing_of(name)))
        else:
            warnings.append(f"{path} was not read: it is no file of messages")
    return Found(SOURCE, tuple(files), tuple(warnings))


def _begins_with_message(file: InputFile) -> bool:
    if leads_out(file.path, file.folder):
        return False
    try:
        message = json.loads(plain_text.read_head(file.path, file.packing).split("\n", 1)[0])
    except (OSError, Refused, ValueError):
        return False
    return isinstance(message, dict) and {"messageId", "type"} <= message.keys()
