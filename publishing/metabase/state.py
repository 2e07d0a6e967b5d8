"""What was applied to which server: `metabase.json` in the home, told as `ops.bi_objects`.

A snapshot is replaced whole by every refresh and put back by a rollback, so it cannot be the home
of this: the file is, written anew after every single write to the server. The snapshot's table
`ops.bi_objects` is a copy of its identities, without contents and addresses.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from publishing.metabase.names import Fields

FILE = "metabase.json"
_VERSION = 1
# Between the intention to make an object and the last write that completes it.
MAKING = "making"
APPLIED = "applied"
# Put aside by us: should it be wanted again, that is no edit of a person.
ARCHIVED = "archived"
BI_OBJECTS = pa.schema(
    [
        ("tool", pa.string()),
        ("server", pa.string()),
        ("kind", pa.string()),
        ("key", pa.string()),
        ("id", pa.int64()),
        ("entity_id", pa.string()),
        ("name", pa.string()),
        ("status", pa.string()),
        ("applied_at", pa.string()),
        ("applied_hash", pa.string()),
    ]
)


class StateUnreadable(RuntimeError):
    """The file is none that this version wrote; the message says what to do."""


@dataclass(frozen=True)
class Record:
    """One object as it was last applied: `sent` is what was wanted, `seen` what the server made
    of it. A difference between the two is the server's own form, and no edit of a person.
    """

    kind: str
    key: str
    name: str
    status: str
    id: int | None = None
    entity_id: str | None = None
    sent: Fields = field(default_factory=dict)
    seen: Fields = field(default_factory=dict)
    tabs: Mapping[str, int] = field(default_factory=dict)
    applied_at: str = ""


class State:
    """The records of one server; every change is on disk before the next request is sent."""

    def __init__(self, path: Path, server: str) -> None:
        self._path = path
        self._server = server
        self._servers = read_servers(path)
        self._records = dict(self._servers.get(server, {}))

    def get(self, kind: str, key: str) -> Record | None:
        return self._records.get(f"{kind}:{key}")

    def records(self) -> list[Record]:
        return list(self._records.values())

    def begin(self, kind: str, key: str, name: str) -> None:
        """An object is about to be made: who dies now must find it again."""
        self._put(Record(kind=kind, key=key, name=name, status=MAKING))

    def keep(self, record: Record) -> None:
        """Remember what was applied; unchanged, it is not written again."""
        before = self.get(record.kind, record.key)
        if before is None or replace(before, applied_at="") != replace(record, applied_at=""):
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self._put(replace(record, applied_at=now))

    def set_aside(self, kind: str, key: str) -> None:
        self.keep(replace(self._records[f"{kind}:{key}"], status=ARCHIVED))

    def forget(self, kind: str, key: str) -> None:
        if self._records.pop(f"{kind}:{key}", None):
            self._write()

    def _put(self, record: Record) -> None:
        self._records[f"{record.kind}:{record.key}"] = record
        self._write()

    def _write(self) -> None:
        self._servers[self._server] = self._records
        servers = {
            server: {name: asdict(record) for name, record in records.items()}
            for server, records in self._servers.items()
        }
        content = {"version": _VERSION, "servers": servers}
        draft = self._path.with_name(f"{self._path.name}.draft")
        # It holds the addresses of those who are mailed: for its owner's eyes alone.
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


def read_servers(path: Path) -> dict[str, dict[str, Record]]:
    """The records of all servers.

    Raises:
        StateUnreadable: the file is damaged or of a later version.
    """
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != _VERSION:
            raise KeyError(content["version"])
        return {
            server: {name: Record(**values) for name, values in records.items()}
            for server, records in content["servers"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise StateUnreadable(
            f"{path} cannot be read ({type(error).__name__}); restore it from a backup, or move "
            "it away: objects that bear our mark are found again, and what differs in them is "
            "reported; the group, mails and alerts bear none, `--adopt` takes them over"
        ) from error


def bi_objects(path: Path) -> pa.Table:
    """`ops.bi_objects`: one row per object that we keep in step on a server."""
    rows = [
        {
            "tool": "metabase",
            "server": server,
            "kind": record.kind,
            "key": record.key,
            "id": record.id,
            "entity_id": record.entity_id,
            "name": record.name,
            "status": record.status,
            "applied_at": record.applied_at,
            "applied_hash": sha256(json.dumps(record.sent, sort_keys=True).encode()).hexdigest(),
        }
        for server, records in sorted(read_servers(path).items())
        for _, record in sorted(records.items())
    ]
    return pa.Table.from_pylist(rows, schema=BI_OBJECTS)
