"""Which source an inputs folder belongs to, and which tables that source fills."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ingestion import contract
from ingestion.errors import UnrecognisedLayout
from ingestion.model import Found, Table
from ingestion.sources import files, mapping, reference
from ingestion.sources.folder import did_you_mean, split_format
from ingestion.sources.public import olist, service_desk, sfo_survey
from ingestion.sources.web import ga4, segment, snowplow, web_server_log
from ingestion.systems import SYSTEMS


class ForeignSource(Protocol):
    """A source whose files come in a layout of their own: a module of `sources/`."""

    SOURCE: str
    EXPECTED: str

    def tables(self) -> dict[str, Table]:
        """Its raw tables by name."""

    def matches(self, folder: Path) -> bool:
        """Whether the folder is this source's. Raises UnrecognisedLayout for one that looks like
        it and lacks what the source cannot do without."""

    def find(self, folder: Path) -> Found:
        """The files to read."""


FOREIGN: tuple[ForeignSource, ...] = (
    olist,
    sfo_survey,
    service_desk,
    web_server_log,
    segment,
    ga4,
    snowplow,
)


@dataclass(frozen=True)
class Catalogue:
    """Every raw table there is, by source, and the reference tables."""

    entities: dict[str, Table]
    foreign: dict[str, dict[str, Table]]
    fetched: dict[str, dict[str, Table]]
    reference: dict[str, Table]

    @property
    def raw_tables(self) -> tuple[Table, ...]:
        groups = (self.entities, *self.foreign.values(), *self.fetched.values())
        return tuple(table for group in groups for table in group.values())


def catalogue() -> Catalogue:
    """The tables that the contract, the seeds and the built-in sources call for."""
    return Catalogue(
        entities=files.tables(contract.load_contract()),
        foreign={source.SOURCE: source.tables() for source in FOREIGN},
        fetched={name: system.tables() for name, system in SYSTEMS.items()},
        reference=reference.tables(contract.load_reference()),
    )


def recognise(folder: Path, *, tables: Catalogue) -> str:
    """The source whose layout the folder has. Raises UnrecognisedLayout with what is expected."""
    source = _foreign_source(folder)
    if source is not None:
        return source.SOURCE
    if files.matches(folder, entities=tables.entities):
        return files.SOURCE
    raise UnrecognisedLayout(_expected(folder, tables=tables))


def _foreign_source(folder: Path) -> ForeignSource | None:
    _check_folder(folder)
    if mapping.is_there(folder):
        return None
    return next((source for source in FOREIGN if source.matches(folder)), None)


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        raise UnrecognisedLayout(
            f"the inputs folder {folder} does not exist (resolved: {folder.resolve()}); "
            "check the path given with --inputs"
        )
    if not folder.is_dir():
        raise UnrecognisedLayout(f"{folder} is a file; give the folder that holds it with --inputs")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise UnrecognisedLayout(f"the inputs folder {folder} may not be listed by this user")


def _expected(folder: Path, *, tables: Catalogue) -> str:
    present = sorted(entry.name for entry in folder.iterdir())
    hints = [
        f"{name}{hint}"
        for name in present
        if (hint := did_you_mean(split_format(name)[0], tables.entities))
    ]
    shown = ", ".join(hints or present[:10]) or "nothing"
    entities = ", ".join(tables.entities)
    return "\n".join(
        (
            f"the inputs folder {folder} has no layout that can be read; it holds {shown}",
            "expected one of:",
            f"  - {files.EXPECTED.format(entities=entities)}",
            *(f"  - {source.EXPECTED}" for source in FOREIGN),
        )
    )


def find(folder: Path, *, tables: Catalogue) -> list[Found]:
    """What the folder holds for its source, and the reference data it brings along."""
    source = _foreign_source(folder)
    if source is not None:
        found = source.find(folder)
    else:
        recognise(folder, tables=tables)
        found = files.find(folder, entities=tables.entities)
    return [found, reference.find(folder, known=tables.reference)]


def find_all(folders: Sequence[Path], *, tables: Catalogue) -> list[Found]:
    """What several folders hold, one entry per source; a folder given twice counts once."""
    by_source: dict[str, Found] = {}
    for folder in dict.fromkeys(folder.resolve() for folder in folders):
        for found in find(folder, tables=tables):
            earlier = by_source.get(found.source, Found(found.source, ()))
            by_source[found.source] = Found(
                found.source, earlier.files + found.files, earlier.warnings + found.warnings
            )
    return [by_source[source] for source in sorted(by_source)]
