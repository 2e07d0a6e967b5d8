"""Rows that wait for the day on which their system exports them.

An order placed in June and delivered in July is exported twice: as placed in June, as delivered
in July. So a domain hands in rows with their export day, and the writer takes them out by month.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingestion.sample_company.columns import table
from ingestion.sample_company.timeline import Days, Flags


@dataclass(frozen=True)
class Rows:
    """Rows of one entity, the day each is exported, and whether it only repeats an earlier key."""

    table: pa.Table
    day: Days
    is_version: Flags

    def ordered(self) -> "Rows":
        """The rows by day; within a day in the order in which they were handed in."""
        if len(self.day) == 0 or bool(np.all(self.day[1:] >= self.day[:-1])):
            return self
        order = np.argsort(self.day, kind="stable")
        rows = self.table.combine_chunks().take(pa.array(order))
        return Rows(rows, self.day[order], self.is_version[order])

    def slice(self, first: int, end: int) -> "Rows":
        """Rows `first` up to `end`, without copying."""
        return Rows(
            self.table.slice(first, end - first), self.day[first:end], self.is_version[first:end]
        )

    def before(self, day: int) -> "Rows":
        """The rows exported before a day, of rows in the order of days."""
        return self.slice(0, int(np.searchsorted(self.day, day)))


class Ledger:
    """What was handed in and not yet taken out, per entity."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Rows]] = defaultdict(list)

    def add(
        self,
        entity: str,
        columns: dict[str, pa.Array],
        *,
        day: Days,
        is_version: bool = False,
    ) -> None:
        """Hands rows in. `is_version`: their keys were handed in before, on an earlier day."""
        self._waiting[entity].append(Rows(table(columns), day, np.full(len(day), is_version)))

    def add_kept(
        self,
        entity: str,
        columns: dict[str, pa.Array],
        keep: Flags,
        day: Days,
        *,
        is_version: bool = False,
    ) -> None:
        """Hands in the rows that are to be kept, and leaves out the others."""
        mask = pa.array(keep)
        kept = {name: column.filter(mask) for name, column in columns.items()}
        self.add(entity, kept, day=day[keep], is_version=is_version)

    def take(self, entity: str, end_day: int) -> Rows:
        """Takes out what is exported before `end_day`, by day."""
        parts = self._waiting[entity]
        rows = Rows(
            pa.concat_tables([part.table for part in parts], promote_options="default"),
            np.concatenate([part.day for part in parts]),
            np.concatenate([part.is_version for part in parts]),
        ).ordered()
        due = rows.before(end_day)
        self._waiting[entity] = [rows.slice(len(due.day), len(rows.day))]
        return due
