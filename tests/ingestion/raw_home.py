"""What the tests of ingestion share: a home with an inputs folder, and reports by entity."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from ingestion.pipelines import ingest
from ingestion.report import EntityReport, IngestReport

NOW = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass
class Home:
    """A CX_HOME with one inputs folder, and short words for what tests do with them."""

    raw: Path
    inputs: Path
    progress: list[str] = field(default_factory=list)

    def write(self, name: str, content: bytes | str) -> Path:
        path = self.inputs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def ingest(self, *folders: Path, hash_key: str = "key", now: datetime = NOW) -> IngestReport:
        return ingest(
            self.raw,
            inputs=folders or (self.inputs,),
            hash_key=hash_key,
            now=now,
            on_progress=self.progress.append,
        )

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.raw), read_only=True) as con:
            return con.execute(sql, list(values)).fetchall()

    def rejected(self, source: str = "files") -> list[tuple[int, str, str]]:
        """Line number, text and error of every rejected line, in order."""
        return self.rows(
            f"""
            select line_number, line_text, error from raw_{source}.rejected_lines
            order by _file_id, line_number
            """
        )


def entity(report: IngestReport, name: str) -> EntityReport:
    """The report of one entity."""
    found = [item for item in report.entities if item.entity == name]
    assert len(found) == 1, f"{name} in {[item.entity for item in report.entities]}"
    return found[0]
