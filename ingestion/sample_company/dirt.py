"""What is wrong in real exports: unusable rows, repeats, stale versions, withdrawals.

All of it is extra: nothing that is true is spoilt, and nothing refers to it. A dirty row is a
specimen (a valid made-up row of its entity) that breaks exactly one rule. How many there are up to
a day depends on the rows up to that day only, so a later `through` appends and never inserts.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.sample_company.ledger import Rows
from ingestion.sample_company.specimens import FAULTS, SHOWN_ON_DAY_ONE, SPECIMENS, STALE, Fault
from ingestion.sample_company.timeline import DAY, HOUR, Days, Flags, Month

DIRTY_SHARE, REPEATED_SHARE, WITHDRAWN_SHARE = 0.016, 0.004, 0.002


@dataclass(frozen=True)
class Batch:
    """A month of one entity, ready to be written.

    `table` holds the typed rows with repeats and stale versions among them, by `day`; `odd` the
    dirty and withdrawn rows as text, by `odd_day`, to be written after the rows of their day.
    """

    table: pa.Table
    day: Days
    odd: pa.Table
    odd_day: Days
    is_malformed: Flags


@dataclass
class Account:
    """How many rows of an entity were written, and what should become of them."""

    read: int = 0
    superseded: int = 0
    withdrawn: int = 0
    quarantined: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def accepted(self) -> int:
        """What is left: one current version of each clean key."""
        return self.read - self.superseded - self.withdrawn - sum(self.quarantined.values())


@dataclass
class _Running:
    """Counts so far, of one entity."""

    rows: int = 0
    dirty: int = 0
    repeated: int = 0
    withdrawn: int = 0


class Spoiler:
    """Adds what is wrong to the rows of each entity, month by month, and keeps the accounts."""

    def __init__(self, file_format: str, *, panel: str) -> None:
        self._format = file_format
        self._panel = panel
        self._running: dict[str, _Running] = defaultdict(_Running)
        self.accounts: dict[str, Account] = defaultdict(Account)

    def spoil(self, entity: str, rows: Rows, month: Month, *, last_day: int) -> Batch:
        """Rows of a month with their dirt, up to the last day; the accounts grow by them."""
        days = np.arange(month.first_day, month.end_day, dtype=np.int32)
        so_far = self._running[entity]
        seen = so_far.rows + np.cumsum(np.bincount(rows.day - month.first_day, minlength=len(days)))
        repeated = _due(seen, REPEATED_SHARE, 0.5, so_far.repeated)
        withdrawn = _due(seen, WITHDRAWN_SHARE, 0.5, so_far.withdrawn)
        dirty = _due(seen, DIRTY_SHARE, 1 - DIRTY_SHARE, so_far.dirty, self._at_least(entity))
        woven = _repeat(entity, rows, np.repeat(days, repeated), first=so_far.repeated)
        faults = self._faults(entity)
        picked = so_far.dirty + np.arange(dirty.sum())
        odd = _Odd(entity, list(woven.table.column_names), panel=self._panel)
        for number, day in zip(picked.tolist(), np.repeat(days, dirty).tolist(), strict=True):
            odd.add_fault(number, day, faults[number % len(faults)])
        first = so_far.withdrawn
        for number, day in enumerate(np.repeat(days, withdrawn).tolist(), start=first):
            odd.add_withdrawn(number, day)
        self._running[entity] = _Running(
            int(seen[-1]),
            so_far.dirty + int(dirty.sum()),
            so_far.repeated + int(repeated.sum()),
            first + int(withdrawn.sum()),
        )
        return self._settle(entity, woven.before(last_day + 1), odd, last_day)

    def _at_least(self, entity: str) -> int:
        return len(self._faults(entity)) if entity in SHOWN_ON_DAY_ONE else 0

    def _faults(self, entity: str) -> list[Fault]:
        """A typed format cannot hold a bad type, and only CSV has lines that can break."""
        excluded = {"csv": (), "jsonl": ("malformed_line",)}.get(
            self._format, ("malformed_line", "bad_type")
        )
        return [fault for fault in FAULTS[entity] if fault.reason not in excluded]

    def _settle(self, entity: str, rows: Rows, odd: "_Odd", last_day: int) -> Batch:
        account = self.accounts[entity]
        table, day, verdicts = odd.until(last_day)
        account.read += len(rows.day) + len(day)
        account.superseded += int(rows.is_version.sum()) + verdicts.count("superseded")
        account.withdrawn += verdicts.count("withdrawn")
        for reason in verdicts:
            if reason not in ("superseded", "withdrawn"):
                account.quarantined[reason] += 1
        is_malformed = np.array([verdict == "malformed_line" for verdict in verdicts], np.bool_)
        return Batch(rows.table, rows.day, table, day, is_malformed)


def _due(
    seen: npt.NDArray[np.int64], share: float, offset: float, so_far: int, at_least: int = 0
) -> npt.NDArray[np.int64]:
    """How many fall on each day, so that their share of all rows so far holds every day."""
    target = np.maximum(np.floor(seen * share + offset).astype(np.int64), at_least)
    target = np.where(seen > 0, target, 0)
    return np.diff(np.maximum(target, so_far), prepend=so_far)


def _repeat(entity: str, rows: Rows, days: Days, *, first: int) -> Rows:
    """Repeats rows of the given days at the end of those days; every other one as a stale version."""
    flagged = rows.table.append_column("is_deleted", pa.nulls(len(rows.day), pa.bool_()))
    number = first + np.arange(len(days))
    start = np.searchsorted(rows.day, days, side="left")
    size = np.searchsorted(rows.day, days, side="right") - start
    again = start + (number * 7919) % np.maximum(size, 1)
    copies = flagged.take(pa.array(again))
    if "updated_at" in copies.column_names:
        copies = _made_stale(entity, copies, number % 2 == 1)
    order = np.argsort(np.concatenate([rows.day, days]), kind="stable")
    is_version = np.concatenate([rows.is_version, np.ones(len(days), np.bool_)])
    day = np.concatenate([rows.day, days])
    if len(days) == 0:
        return Rows(flagged, rows.day, rows.is_version)
    everything = pa.concat_tables([flagged, copies]).combine_chunks()
    return Rows(everything.take(pa.array(order)), day[order], is_version[order])


def _made_stale(entity: str, copies: pa.Table, is_stale: Flags) -> pa.Table:
    """The same rows as they were an hour before, with something else in them."""
    stale = pa.array(is_stale)
    hour = pa.scalar(HOUR, pa.duration("s"))
    earlier = pc.subtract(copies["updated_at"], hour)
    changes = {"updated_at": earlier}
    if entity in STALE:
        name, value = STALE[entity]
        changes[name] = pa.scalar(value, copies[name].type)
    for name, value in changes.items():
        column = pc.if_else(stale, value, copies[name])
        copies = copies.set_column(copies.column_names.index(name), name, column)
    return copies


class _Odd:
    """Dirty and withdrawn rows as text, with the day and the verdict of each."""

    def __init__(self, entity: str, columns: list[str], *, panel: str) -> None:
        self._entity = entity
        self._columns = columns
        self._panel = panel
        self._rows: list[tuple[int, str, dict[str, str]]] = []

    def add_fault(self, number: int, day: int, fault: Fault) -> None:
        """A specimen that breaks one rule."""
        row = self._specimen(number, day)
        row |= {name: _filled(value, number, day) for name, value in fault.changes.items()}
        row |= {name: self._panel for name, value in fault.changes.items() if value == "@panel"}
        self._rows.append((day, fault.reason, row))

    def add_withdrawn(self, number: int, day: int) -> None:
        """A specimen that is taken back; every other one after it had been there."""
        row = self._specimen(5_000_000 + number, day)
        if number % 2:
            self._rows.append((day, "superseded", row))
        gone = {**row, "is_deleted": "true"}
        if "updated_at" in row:
            gone["updated_at"] = _filled("@t2", 5_000_000 + number, day)
        self._rows.append((day, "withdrawn", gone))

    def _specimen(self, number: int, day: int) -> dict[str, str]:
        values = SPECIMENS[self._entity].items()
        row = {name: _filled(value, number, day) for name, value in values}
        if "updated_at" in self._columns:
            row["updated_at"] = _filled("@t1", number, day)
        return row

    def until(self, last_day: int) -> tuple[pa.Table, Days, list[str]]:
        """The rows up to a day: as a table of text, their days and their verdicts."""
        rows = sorted((row for row in self._rows if row[0] <= last_day), key=lambda row: row[0])
        table = pa.table(
            {
                name: pa.array([row.get(name) or None for _, _, row in rows], pa.string())
                for name in self._columns
            }
        )
        days = np.array([day for day, _, _ in rows], np.int32)
        return table, days, [verdict for _, verdict, _ in rows]


def _filled(value: str, number: int, day: int) -> str:
    """`@id` and `@n` become the row's own number, `@t0` to `@t2` moments of its day, in order."""
    if "@" not in value:
        return value
    value = value.replace("@id", str(900_000_000_000_000 + number)).replace("@n", str(1000 + number))
    for token, hours in (("@t0", 12), ("@t1", 13), ("@t2", 14)):
        if token in value:
            second = day * DAY + hours * HOUR + number % HOUR
            value = value.replace(token, f"{np.datetime64(second, 's')}Z".replace("T", " "))
    return value
