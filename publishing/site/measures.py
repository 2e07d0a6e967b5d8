"""Which period of a measure a page shows, and what may be said about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from publishing.dashboards import Measure
from publishing.dashboards.queries import ENOUGH, SHOWN_GRAINS
from publishing.site.facts import CohortCell, Facts, MetricRow
from publishing.site.pictures import Point

PERIODS = 13


@dataclass(frozen=True)
class View:
    """What a reader chose to see: a period, and everybody or one member of a dimension."""

    period: str = "newest"
    dimension: str = "all"
    member: str = "all"

    @property
    def key(self) -> str:
        return f"{self.period}|{self.dimension}:{self.member}"


_EVERYBODY = View()


@dataclass(frozen=True)
class Shown:
    """A measure as a page shows it: the newest complete period, and those before it.

    `latest` is None when there is nothing to show; `periods` ends with `latest`; `better` is
    higher, lower or neither, None when there is nothing to judge.
    """

    measure: Measure
    latest: MetricRow | None
    periods: tuple[MetricRow, ...]
    view: View = _EVERYBODY
    better: str | None = None

    @property
    def is_shown(self) -> bool:
        return self.latest is not None and self.latest.value is not None

    @property
    def verdict(self) -> str:
        """missing, suppressed, provisional, better, worse, unchanged or single."""
        row = self.latest
        if row is None:
            return "missing"
        if row.is_suppressed or row.value is None:
            return "suppressed"
        if row.is_provisional:
            return "provisional"
        if row.change is None or row.period_grain == "all":
            return "single"
        return self.change_tone or "unchanged"

    @property
    def change_tone(self) -> str | None:
        """better or worse when the change is more than chance, else None."""
        row = self.latest
        if row is None or row.change is None or not row.is_significant:
            return None
        if self.better not in ("higher", "lower"):
            return None
        return "better" if (row.change > 0) == (self.better == "higher") else "worse"

    @property
    def points(self) -> list[Point]:
        return [Point(m.value, m.ci_low, m.ci_high) for m in self.periods]


def choose(facts: Facts, measure: Measure, *, as_of: date, view: View = _EVERYBODY) -> Shown:
    """A measure in one view; everybody and every member in the same period, first the newest of
    the shortest kind that has enough answers, in the one before as well.

    Months that are not over by `as_of` are left out, since half a month is no month; so are
    the newest ones whose answers still come in, when there are earlier ones. The rule for
    everybody stands once more in SQL, `queries.shown_periods`, for tools that draw by themselves.
    """
    shown = _chosen(facts, measure, as_of, view)
    better = facts.better(measure.metric) if shown.is_shown else None
    return replace(shown, view=view, better=better)


def _chosen(facts: Facts, measure: Measure, as_of: date, view: View) -> Shown:
    if measure.cohorts is not None and view == _EVERYBODY:
        return _retention(facts, measure, measure.cohorts)
    found = facts.best_scale(measure.metric, measure.scopes)
    if found is None:
        return Shown(measure, None, ())
    for grain in _grains(view.period):
        rows = over(_rows_of(facts, measure, found, grain, _of_everybody(view)), as_of=as_of)
        shown = _up_to_final(rows)[: -1 if view.period == "previous_month" else None]
        if not shown or (view.period == "newest" and not _are_enough(shown)):
            continue
        if view.member != "all":
            shown = _of_member(shown, _rows_of(facts, measure, found, grain, view))
        return Shown(measure, shown[-1] if shown else None, _without_holes(shown, grain))
    whole = _rows_of(facts, measure, found, "all", view)
    return Shown(measure, whole[-1] if whole and view.period in ("newest", "all") else None, ())


def _grains(period: str) -> tuple[str, ...]:
    match period:
        case "newest":
            return SHOWN_GRAINS
        case "all":
            return ()
        case "previous_month":
            return ("month",)
    return (period,)


def _rows_of(
    facts: Facts, measure: Measure, found: tuple[str, str], grain: str, view: View
) -> list[MetricRow]:
    rows = facts.members(measure.metric, *found, dimension=view.dimension, grain=grain)
    return [row for row in rows if row.member == view.member]


def over(rows: Sequence[MetricRow], *, as_of: date) -> list[MetricRow]:
    """The periods that have ended by the end of the day of `as_of`."""
    # the day of as_of is over: the newest event of a full day is the end of that day
    tomorrow = as_of + timedelta(days=1)
    return [row for row in rows if row.period_end is not None and row.period_end <= tomorrow]


def _up_to_final(rows: Sequence[MetricRow]) -> Sequence[MetricRow]:
    """Without the newest periods whose answers still come in, unless there are no others."""
    last = max((i for i, row in enumerate(rows) if not row.is_provisional), default=None)
    return rows if last is None else rows[: last + 1]


def _are_enough(rows: Sequence[MetricRow]) -> bool:
    """Whether the newest period can be read for itself, and beside the one before it if there is
    any: a survey by the quarter has a full month after two of stragglers."""
    newest = rows[-1]
    if (newest.n or 0) < ENOUGH or len(rows) == 1:
        return (newest.n or 0) >= ENOUGH
    return rows[-2].period_end == newest.period_start and (rows[-2].n or 0) >= ENOUGH


def _of_member(shown: Sequence[MetricRow], rows: Sequence[MetricRow]) -> Sequence[MetricRow]:
    """A member's rows up to the period that is shown of everybody; none when it has none there."""
    end = shown[-1].period_start
    found = [row for row in rows if row.period_start and end and row.period_start <= end]
    return found if found and found[-1].period_start == end else ()


def _of_everybody(view: View) -> View:
    return replace(view, dimension="all", member="all")


def _without_holes(rows: Sequence[MetricRow], grain: str) -> tuple[MetricRow, ...]:
    """The last periods in a row; a period without any answer is a gap, not left out."""
    by_start = {row.period_start: row for row in rows}
    if not rows:
        return ()
    wanted: list[MetricRow] = []
    start = rows[-1].period_start
    first = rows[0].period_start
    while start is not None and first is not None and start >= first and len(wanted) < PERIODS:
        wanted.append(by_start.get(start) or _nothing(rows[-1], start))
        start = _before(start, grain)
    return tuple(reversed(wanted))


def _before(start: date, grain: str) -> date:
    months = {"month": 1, "quarter": 3, "year": 12}[grain]
    month = start.year * 12 + start.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)


def _nothing(like: MetricRow, start: date) -> MetricRow:
    return MetricRow(
        metric=like.metric,
        scope=like.scope,
        scale_id=like.scale_id,
        period_grain=like.period_grain,
        period_start=start,
        dimension=like.dimension,
        member=like.member,
        unit=like.unit,
        numerator=None,
        denominator=None,
        n=None,
        value=None,
        ci_low=None,
        ci_high=None,
        previous_value=None,
        change=None,
        is_significant=False,
        is_suppressed=False,
        is_wide=False,
        is_provisional=False,
        target=like.target,
    )


def _retention(facts: Facts, measure: Measure, asked: Mapping[str, Any]) -> Shown:
    """Retention as a measure: each month's new customers who came back at one age.

    Only cohorts whose age is over are shown. Two cohorts are different people, and no test of
    their difference is published, so no change is claimed.
    """
    cells = facts.cohorts(asked["event"], asked["rule"], asked["period_grain"])
    mature = [c for c in cells if c.age == asked["age"] and c.is_mature]
    periods = tuple(_as_row(cell) for cell in mature[-PERIODS:])
    return Shown(measure, periods[-1] if periods else None, periods)


def _as_row(cell: CohortCell) -> MetricRow:
    return MetricRow(
        metric="retention_rate",
        scope="all",
        scale_id="all",
        period_grain="month",
        period_start=cell.cohort_start,
        dimension="all",
        member="all",
        unit="rate",
        numerator=cell.retained,
        denominator=cell.mature,
        n=cell.mature,
        value=cell.rate,
        ci_low=cell.ci_low,
        ci_high=cell.ci_high,
        previous_value=None,
        change=None,
        is_significant=False,
        is_suppressed=False,
        is_wide=cell.mature < ENOUGH,
        is_provisional=False,
        target=None,
    )
