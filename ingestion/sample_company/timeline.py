"""The simulated time: which days there are, how busy they are, and the random streams.

Days are counted since 1970-01-01 (int32), moments are seconds since then (int64), both UTC.
Every month draws from random streams of its own (seed, purpose, month), so the past does not
shift when `through` moves on: that is what makes a later run an extension of an earlier one.
"""

import zlib
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]
Days = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DAY = 86_400
HOUR = 3_600
NEVER = 2**62
"""The moment of what has not happened."""

DEFAULT_THROUGH = date(2026, 6, 30)
"""A fixed last day, so that the default output does not depend on the day it is made."""

PERSIAN, ARABIC, ENGLISH = 0, 1, 2

# Traffic per weekday, Monday first: the weekend is Friday in Iran, Friday and Saturday in the
# Arab cities, Saturday and Sunday in the English ones.
_WEEKDAY_TRAFFIC = np.array(
    [
        [1.0, 1.0, 1.0, 0.85, 0.55, 1.05, 1.05],
        [1.0, 1.0, 1.0, 0.95, 0.65, 0.75, 1.05],
        [1.0, 1.0, 1.0, 1.0, 0.95, 0.75, 0.70],
    ]
)
_HOUR_TRAFFIC = np.array(
    [0, 1, 1, 1, 2, 3, 5, 8, 9, 10, 10, 9, 8, 8, 9, 10, 10, 10, 11, 11, 9, 6, 3], dtype=float
)
"""Hours 0 to 22 UTC. A session of an hour stays within the day: none starts or ends at the edge."""


@dataclass(frozen=True)
class Plan:
    """What is asked for: the arguments of `generate`, and the days they stand for."""

    customers: int
    months: int
    seed: int
    through: date

    @property
    def first_month(self) -> int:
        """The first month, counted since 1970-01; it depends on `months` only."""
        return (DEFAULT_THROUGH.year - 1970) * 12 + DEFAULT_THROUGH.month - self.months

    @property
    def month_count(self) -> int:
        """Months to simulate, the last one possibly cut by `through`."""
        return (self.through.year - 1970) * 12 + self.through.month - self.first_month

    @property
    def last_day(self) -> int:
        """`through` as a day number."""
        return (self.through - date(1970, 1, 1)).days

    def month(self, index: int) -> "Month":
        """The month `index` months after the start."""
        number = self.first_month + index
        first = np.datetime64(number, "M").astype("datetime64[D]").astype(int)
        end = np.datetime64(number + 1, "M").astype("datetime64[D]").astype(int)
        return Month(index=index, number=number, first_day=int(first), end_day=int(end))

    def stream(self, purpose: str, month: int) -> np.random.Generator:
        """The random stream of one purpose in one month (-1 for what precedes the history)."""
        key = [self.seed, zlib.crc32(purpose.encode()), month + 1]
        return np.random.Generator(np.random.Philox(np.random.SeedSequence(key)))


@dataclass(frozen=True)
class Month:
    """One simulated month: `first_day` up to, but not including, `end_day`."""

    index: int
    number: int
    first_day: int
    end_day: int

    @property
    def start(self) -> int:
        """Its first second."""
        return self.first_day * DAY

    @property
    def end(self) -> int:
        """The first second after it."""
        return self.end_day * DAY

    @property
    def of_year(self) -> int:
        """1 for January to 12 for December."""
        return self.number % 12 + 1

    @property
    def label(self) -> str:
        """Year and month, as in a file name."""
        return f"{self.number // 12 + 1970}-{self.of_year:02d}"

    def moments(self, rng: np.random.Generator, regions: Codes) -> Ints:
        """A moment for each person's region, busy days and hours more often than quiet ones."""
        weekdays = (np.arange(self.first_day, self.end_day) + 3) % 7
        picked = rng.random(len(regions))
        days = np.zeros(len(regions), dtype=np.int64)
        for region, traffic in enumerate(_WEEKDAY_TRAFFIC):
            share = np.cumsum(traffic[weekdays])
            ours = regions == region
            days[ours] = np.searchsorted(share / share[-1], picked[ours], side="right")
        hours = rng.choice(len(_HOUR_TRAFFIC), len(regions), p=_HOUR_TRAFFIC / _HOUR_TRAFFIC.sum())
        return (self.first_day + days) * DAY + hours * HOUR + rng.integers(0, HOUR, len(regions))


def day_of(moments: Ints) -> Days:
    """The day of each moment; what never happens lies beyond every day."""
    return np.minimum(moments // DAY, 2**31 - 1).astype(np.int32)
