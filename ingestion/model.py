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
    `row_json`, so no header is unknown and none is missing but those in `required`. `times` are
    the columns that hold a moment. `record_id` is the field that names a record of a system.
    """

    schema: str
    name: str
    columns: tuple[str, ...]
    required: frozenset[str] = frozenset()
    is_wide: bool = False
    times: frozenset[str] = frozenset()
    record_id: str = ""

    @property
    def entity(self) -> str:
        """The name that the ledger and every report use."""
        return self.name if self.is_history else f"{self.schema}.{self.name}"

    @property
    def is_history(self) -> bool:
        """Raw tables keep every load; reference tables hold what the inputs say now."""
        return self.schema != REFERENCE_SCHEMA


@dataclass(frozen=True)
class Rule:
    """What fills a column of the contract: the first of the file's `columns` that is not blank,
    else `value`, else, if `is_record`, an id made of the whole record.

    `values` translates what the file says; what it does not name stays as it is. A column that
    is not there refuses the file unless `is_optional`.
    """

    columns: tuple[str, ...] = ()
    value: str | None = None
    is_record: bool = False
    is_optional: bool = False
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """One column of answers in a wide sheet; `kind` is the contract's column that takes them."""

    question_id: str
    kind: str
    answer: Rule


@dataclass(frozen=True)
class FileMapping:
    """How the columns of a file become those of the contract, as one entry of mapping.yml says.

    `entry` names it in messages. `time_formats` are strptime's, for the table's `times`; those
    without an offset are told in `time_zone`, else in the tenant's. `header_rows`: the names, and
    rows below them that are no records. `digest` changes with whatever would make the same file
    read differently.
    """

    entry: str
    columns: Mapping[str, Rule]
    digest: str
    questions: tuple[Question, ...] = ()
    time_formats: tuple[str, ...] = ()
    time_zone: str | None = None
    encoding: str = "utf-8"
    header_rows: int = 1


@dataclass(frozen=True)
class InputFile:
    """One file of an inputs folder that a source can read.

    `name` is its path relative to the inputs `folder` with forward slashes: what the ledger and
    every message call it, so that moving the folder changes nothing. `constants` are columns that
    the path itself gives (hive partitions, the year of a survey). `refusal`: why its very name
    says that it cannot be used. Without a `mapping` its columns bear the names of the table's.
    """

    table: Table
    folder: Path
    name: str
    format: str
    packing: Packing = "plain"
    constants: Mapping[str, str | None] = field(default_factory=dict)
    refusal: str | None = None
    mapping: FileMapping | None = None

    @property
    def path(self) -> Path:
        return self.folder / self.name

    @property
    def encoding(self) -> str:
        return self.mapping.encoding if self.mapping else "utf-8"

    @property
    def header_rows(self) -> int:
        return self.mapping.header_rows if self.mapping and self.format == "csv" else 1


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
