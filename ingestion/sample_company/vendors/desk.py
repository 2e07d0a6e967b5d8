"""What exports of service desks share: what a desk holds of rows, and how it writes them down."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from ingestion.sample_company.vendors.exported import Row, Rows, without

Record = dict[str, Any]


def current(rows: Iterable[Row], key: str) -> dict[str, Row]:
    """Of the versions of a row the last. What was withdrawn, or has no id, is not there."""
    held = {row[key]: row for row in rows if row[key]}
    return {name: row for name, row in held.items() if row["is_deleted"] != "true"}


def attributes(row: Row, *, but: set[str]) -> Record:
    """What the desk has no field for, under the names of the contract."""
    return {name: value for name, value in row.items() if name not in but and value}


def epoch(text: str | None) -> int | None:
    """Seconds since 1970; None for what is no time, or is finer."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None if moment.microsecond else int(moment.timestamp())


def left_by_desk(rows: Rows, system: str, *, held: Sequence[str]) -> Rows:
    """The rows beside a desk that has states of its own, and no place for an agent's training."""
    left = without(rows, *held)
    for entity in ("ticket_changes", "employees"):
        left[entity] = [{**row, "source_system": system} for row in left.get(entity, [])]
    return left
