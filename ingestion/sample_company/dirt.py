"""What is wrong in real exports: unusable rows, repeats, stale versions, withdrawals.

All of it is extra: nothing that is true is spoilt, and nothing refers to it. A dirty row is a
specimen (a valid made-up row of its entity) that breaks exactly one rule. How many there are up to
a day depends on the rows up to that day only, so a later `through` appends and never inserts.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.sample_company.columns import as_text, constant, ids
from ingestion.sample_company.ledger import Rows
from ingestion.sample_company.specimens import FAULTS, SHOWN_ON_DAY_ONE, SPECIMENS, STALE, Fault
from ingestion.sample_company.timeline import DAY, HOUR, Days, Flags, Ints, Month

SUPERSEDED, WITHDRAWN = "superseded", "withdrawn"
_ID_FROM, _WITHDRAWN_FROM = 900_000_000_000_000, 5_000_000
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
        odd = _odd_rows(
            entity,
            woven.table.column_names,
            self._faults(entity),
            dirty=_Slots(so_far.dirty, np.repeat(days, dirty)),
            withdrawn=_Slots(so_far.withdrawn, np.repeat(days, withdrawn)),
            panel=self._panel,
        )
        self._running[entity] = _Running(
            rows=int(seen[-1]),
            dirty=so_far.dirty + int(dirty.sum()),
            repeated=so_far.repeated + int(repeated.sum()),
            withdrawn=so_far.withdrawn + int(withdrawn.sum()),
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
        count = int(np.searchsorted(odd.day, last_day, side="right"))
        verdicts = odd.verdict[:count]
        account = self.accounts[entity]
        account.read += len(rows.day) + count
        account.superseded += int(rows.is_version.sum())
        for verdict, found in zip(*np.unique(verdicts, return_counts=True), strict=True):
            if verdict == SUPERSEDED:
                account.superseded += int(found)
            elif verdict == WITHDRAWN:
                account.withdrawn += int(found)
            else:
                account.quarantined[str(verdict)] += int(found)
        table = odd.table.slice(0, count)
        return Batch(rows.table, rows.day, table, odd.day[:count], verdicts == "malformed_line")


def _due(
    seen: npt.NDArray[np.int64], share: float, offset: float, so_far: int, at_least: int = 0
) -> npt.NDArray[np.int64]:
    """How many fall on each day, so that their share of all rows so far holds every day."""
    target = np.maximum(np.floor(seen * share + offset).astype(np.int64), at_least)
    target = np.where(seen > 0, target, 0)
    return np.diff(np.maximum(target, so_far), prepend=so_far)


def _repeat(entity: str, rows: Rows, days: Days, *, first: int) -> Rows:
    """Repeats rows at the end of the given days, every other one as a stale version."""
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
    earlier = pc.subtract(copies["updated_at"], pa.scalar(HOUR, pa.duration("s")))
    changes = {"updated_at": earlier}
    if entity in STALE:
        name, value = STALE[entity]
        # What was blank stays blank: a question without a scale takes no score.
        other = pa.scalar(value, copies[name].type)
        changes[name] = pc.if_else(pc.is_valid(copies[name]), other, copies[name])
    for name, values in changes.items():
        column = pc.if_else(stale, values, copies[name])
        copies = copies.set_column(copies.column_names.index(name), name, column)
    return copies


@dataclass(frozen=True)
class _Slots:
    """Odd rows to be made: the number of the first, and the day of each."""

    first: int
    day: Days

    @property
    def number(self) -> Ints:
        """The numbers of the rows."""
        return self.first + np.arange(len(self.day), dtype=np.int64)


@dataclass(frozen=True)
class _Odd:
    """Dirty and withdrawn rows as text, by day, and what should become of each."""

    table: pa.Table
    day: Days
    verdict: npt.NDArray[np.str_]


def _odd_rows(
    entity: str,
    columns: list[str],
    faults: list[Fault],
    *,
    dirty: _Slots,
    withdrawn: _Slots,
    panel: str,
) -> _Odd:
    fault = dirty.number % len(faults)
    reasons = np.array([fault.reason for fault in faults], dtype="U32")
    # Every other withdrawn row had been there before, which makes it a pair of rows.
    number = withdrawn.number + _WITHDRAWN_FROM
    pairs = 1 + number % 2
    is_last = np.cumsum(pairs) - 1
    again, days = np.repeat(number, pairs), np.repeat(withdrawn.day, pairs)
    is_gone = np.isin(np.arange(len(again)), is_last)
    specimen = {**SPECIMENS[entity], "updated_at": "@t1"}
    parts: dict[str, pa.Array] = {}
    for name in columns:
        template = specimen.get(name, "")
        values = _expanded(template, dirty.number, dirty.day)
        for position, broken in enumerate(faults):
            if name in broken.changes:
                change = broken.changes[name].replace("@panel", panel)
                wrong = _expanded(change, dirty.number, dirty.day)
                values = pc.if_else(pa.array(fault == position), wrong, values)
        gone = {"is_deleted": "true", "updated_at": "@t2"}.get(name, template)
        taken_back = _expanded(gone, again, days)
        before = pc.if_else(pa.array(is_gone), taken_back, _expanded(template, again, days))
        parts[name] = pa.concat_arrays([values, before])
    day = np.concatenate([dirty.day, days])
    verdict = np.concatenate([reasons[fault], np.where(is_gone, WITHDRAWN, SUPERSEDED)])
    order = np.argsort(day, kind="stable")
    return _Odd(pa.table(parts).take(pa.array(order)), day[order], verdict[order])


def _expanded(template: str, number: Ints, day: Days) -> pa.Array:
    """A template as text, with the numbers and the times of each row in the place of tokens."""
    if not template:
        return pa.nulls(len(number), pa.string())
    pieces: list[pa.Array] = []
    for piece in re.split("(@id|@n|@t0|@t1|@t2)", template):
        if piece == "@id":
            pieces.append(ids("", _ID_FROM + number))
        elif piece == "@n":
            pieces.append(ids("", 1_000 + number))
        elif piece.startswith("@t"):
            noon = day.astype(np.int64) * DAY + (12 + int(piece[2])) * HOUR
            second = pa.array(noon + number % HOUR).cast(pa.timestamp("s")).cast(pa.string())
            pieces.append(pc.binary_join_element_wise(second, "Z", ""))
        elif piece:
            pieces.append(as_text(constant(piece, len(number))))
    return pieces[0] if len(pieces) == 1 else pc.binary_join_element_wise(*pieces, "")
