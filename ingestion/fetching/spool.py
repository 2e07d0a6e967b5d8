"""The landed files: found for ingestion, and taken away once raw holds their records.

The last one that was taken away is remembered. A raw that does not know it, because it is a new one
or came back from a backup, lacks records that the cursors stand behind.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from ingestion.fetching.model import Connection
from ingestion.model import Found, InputFile, Table

FOLDER = "fetched"
# dlt's own, beside the accounts' folders.
WORKING = "_dlt"
# Files beside the accounts' folders, which dlt wants to make itself.
_LAST_READ = "last_read"
_FETCHED_FROM = "fetched_from"
# A backfill moves no cursor, so it works in a pipeline and a folder of its own.
BACKFILL = "_backfill"


def find(
    accounts: Sequence[Connection], *, home: Path, tables: Mapping[str, Mapping[str, Table]]
) -> list[Found]:
    """What waits to be ingested, one entry per system; `tables` by system and name."""
    by_system: dict[str, list[InputFile]] = {}
    for account in accounts:
        files = by_system.setdefault(account.system, [])
        for dataset in (account.name, f"{account.name}{BACKFILL}"):
            for name, table in tables[account.system].items():
                files += _files(home, f"{dataset}/{name}", table, account)
    return [Found(system, tuple(files)) for system, files in sorted(by_system.items())]


def _files(home: Path, place: str, table: Table, account: Connection) -> list[InputFile]:
    folder = home / FOLDER
    source_system = {"source_system": account.name}
    return [
        InputFile(table, folder, str(path.relative_to(folder)), "parquet", constants=source_system)
        for path in sorted((folder / place).glob("*.parquet"))
    ]


def clear(found: Sequence[Found], *, refused: Collection[tuple[str, str]]) -> None:
    """Takes away what was read; an entity that was refused keeps its files.

    A file that is left, because the process died before, is known to the ledger and not read again.
    """
    for source in found:
        for file in source.files:
            if (source.source, file.table.entity) not in refused:
                _last_read(file.folder, account=file.name.split("/")[0]).write_text(file.name)
                file.path.unlink(missing_ok=True)


def last_read(account: Connection, *, home: Path) -> str | None:
    """The name of the account's file that was read last; None before the first one."""
    place = _last_read(home / FOLDER, account=account.name)
    return place.read_text() if place.exists() else None


def forget_last_read(account: Connection, *, home: Path) -> None:
    """What is fetched from now on does not hang on what was read."""
    _last_read(home / FOLDER, account=account.name).unlink(missing_ok=True)


def is_another(account: Connection, *, home: Path) -> bool:
    """Whether what was fetched under the account's name came from somewhere else."""
    place = home / FOLDER / f"{account.name}.{_FETCHED_FROM}"
    return place.exists() and place.read_text() != _described(account)


def note_account(account: Connection, *, home: Path) -> None:
    """What `is_another` will hold the account against."""
    place = home / FOLDER / f"{account.name}.{_FETCHED_FROM}"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(_described(account))


def _described(account: Connection) -> str:
    return json.dumps([account.system, account.url, dict(account.options)], sort_keys=True)


def _last_read(folder: Path, *, account: str) -> Path:
    return folder / f"{account}.{_LAST_READ}"
