"""What an ingest call did, for whoever called it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """One file or fetched table that could not be read; its whole entity was left as it was.

    `reason` is the code that a fetch's complaint has.
    """

    entity: str
    file: str
    message: str
    reason: str = ""


@dataclass(frozen=True)
class EntityReport:
    """One entity of one source. `load_id` is None when nothing of it was new."""

    source: str
    entity: str
    load_id: int | None
    files_read: int
    files_unchanged: int
    records: int
    rejected_lines: int
    refused: tuple[Refusal, ...]
    unknown_columns: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class IngestReport:
    """All entities of one ingest call, and what a person should look at."""

    entities: tuple[EntityReport, ...]
    warnings: tuple[str, ...]
    seconds: float

    @property
    def has_changes(self) -> bool:
        """False when raw.duckdb holds exactly the rows that it held before."""
        return any(entity.files_read for entity in self.entities)

    @property
    def refused(self) -> tuple[Refusal, ...]:
        return tuple(refusal for entity in self.entities for refusal in entity.refused)

    @property
    def load_ids(self) -> dict[str, int]:
        """The load of each source that got one in this call."""
        return {
            entity.source: entity.load_id for entity in self.entities if entity.load_id is not None
        }
