"""The values that pass between sources (what is there), formats (how to read) and loading."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

REFERENCE_SCHEMA = "reference"

# How a text file is packed; a zip archive holds one file.
Packing = Literal["plain", "gzip", "zip"]


@dataclass(frozen=True)
class Table:
    """One raw table of a source: `schema`.`name`, all columns text.

    `is_wide` tables take files whose columns drift: the whole row goes as a JSON object into
    `row_json`, so no header is unknown and none is missing but those in `required`.
    """

    schema: str
    name: str
    columns: tuple[str, ...]
    required: frozenset[str] = frozenset()
    is_wide: bool = False

    @property
    def entity(self) -> str:
        """The name that the ledger and every report use."""
        return self.name if self.is_history else f"{self.schema}.{self.name}"

    @property
    def is_history(self) -> bool:
        """Raw tables keep every load; reference tables hold what the inputs say now."""
        return self.schema != REFERENCE_SCHEMA


@dataclass(frozen=True)
class InputFile:
    """One file of an inputs folder that a source can read.

    `name` is its path relative to the inputs `folder` with forward slashes: what the ledger and
    every message call it, so that moving the folder changes nothing. `constants` are columns that
    the path itself gives (hive partitions, the year of a survey). `refusal`: why its very name
    says that it cannot be used.
    """

    table: Table
    folder: Path
    name: str
    format: str
    packing: Packing = "plain"
    constants: Mapping[str, str | None] = field(default_factory=dict)
    refusal: str | None = None

    @property
    def path(self) -> Path:
        return self.folder / self.name


@dataclass(frozen=True)
class Found:
    """What one inputs folder holds for one source."""

    source: str
    files: tuple[InputFile, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """Where the rows of one file go and under which numbers."""

    table: Table
    load_id: int
    file_id: int
    name: str


@dataclass(frozen=True)
class FileCount:
    """What became of one file: every line of it is a record or a rejected line."""

    records: int
    rejected_lines: int
    unknown_columns: tuple[str, ...] = ()
