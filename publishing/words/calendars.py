"""The calendars that a reader lives by beside the Gregorian one, in which the data are counted.

A period stays the Gregorian one that it is; these name its days a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import jdatetime
from hijridate import Gregorian


@dataclass(frozen=True)
class Day:
    """A day of another calendar; the month is written out."""

    year: int
    month: str
    day: int


def jalali(day: date) -> Day:
    """The solar calendar of Iran, with its months in Persian."""
    found = jdatetime.date.fromgregorian(date=day)
    return Day(found.year, jdatetime.date.j_months_fa[found.month - 1], found.day)


def hijri(day: date) -> Day:
    """The Umm al-Qura calendar, with its months in Arabic; it is tabled from 1924 to 2077."""
    found = Gregorian(day.year, day.month, day.day).to_hijri()
    return Day(found.year, found.month_name("ar"), found.day)


# language -> its second calendar
BESIDE: Mapping[str, Callable[[date], Day]] = {"fa": jalali, "ar": hijri}
