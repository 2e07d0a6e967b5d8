"""What the published snapshot says, as plain values: the only place where the site reads data.

Reads reports and run records; never a row about a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from publishing.dashboards.queries import METRIC_COLUMNS, best_scale, cohort_rows, metric_rows


class OutdatedSnapshot(RuntimeError):
    """The snapshot lacks a report or a column that a page reads."""


@dataclass(frozen=True)
class MetricRow:
    """A row of `rpt_metrics`. Shares run 0..1; suppressed rows have no value, n or interval."""

    metric: str
    scope: str
    scale_id: str
    period_grain: str
    period_start: date | None
    dimension: str
    member: str
    unit: str
    numerator: float | None
    denominator: float | None
    n: int | None
    value: float | None
    ci_low: float | None
    ci_high: float | None
    previous_value: float | None
    change: float | None
    is_significant: bool
    is_suppressed: bool
    is_wide: bool
    is_provisional: bool
    target: float | None

    @property
    def unit_shown(self) -> str:
        """How the value is written: rate, nps, or the score itself."""
        return "nps" if self.metric.endswith("nps") else self.unit

    @property
    def period_end(self) -> date | None:
        """The first day after the period; None for all time."""
        return None if self.period_start is None else end_of(self.period_start, self.period_grain)


@dataclass(frozen=True)
class Table:
    """Rows as a query gives them."""

    names: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    def records(self) -> list[dict[str, object]]:
        return [dict(zip(self.names, row, strict=True)) for row in self.rows]


def table_of(rows: Sequence[MetricRow]) -> Table:
    """Rows of `rpt_metrics` as a table."""
    return Table(METRIC_COLUMNS, tuple(astuple(row) for row in rows))


@dataclass(frozen=True)
class CohortCell:
    """People of a cohort who came back at an age; `rate` is None while nobody can have."""

    cohort_start: date
    cohort_size: int
    age: int
    retained: int
    mature: int
    rate: float | None
    ci_low: float | None
    ci_high: float | None
    is_mature: bool


@dataclass(frozen=True)
class Account:
    """The row account of an entity of a source over all loads, and its newest load."""

    source: str
    entity: str
    read: int
    accepted: int
    superseded: int
    withdrawn: int
    quarantined: int
    loads: int
    loaded_at: datetime
    newest_record_at: datetime | None
    match_rate: float | None

    @property
    def balances(self) -> bool:
        return self.read == self.accepted + self.superseded + self.withdrawn + self.quarantined


@dataclass(frozen=True)
class Check:
    """The newest result of a gate's check, with the results before it, oldest first."""

    gate: str
    key: str
    status: str
    detail: str
    history: tuple[str | None, ...]


@dataclass(frozen=True)
class LastRun:
    """The run behind the snapshot."""

    run_id: str
    finished_at: datetime
    as_of: datetime | None


@dataclass(frozen=True)
class StagePlace:
    """Where a stage stands: the journey it is designed into and its number there, if any."""

    journey: str | None
    position: int | None


@dataclass(frozen=True)
class Definition:
    """A row of `rpt_catalogue`."""

    metric: str
    definition: str
    formula: str
    owner: str
    scale: str
    version: int
    worked_example: str
    source: str
    mart_column: str
    test: str


def end_of(start: date, grain: str) -> date:
    """The first day after the calendar period that begins at `start`."""
    months = {"month": 1, "quarter": 3, "year": 12}
    if grain in months:
        month = start.year * 12 + start.month - 1 + months[grain]
        return date(month // 12, month % 12 + 1, 1)
    days = {"day": 1, "week": 7, "rolling_28d": 28, "rolling_90d": 90}
    return start + timedelta(days=days[grain])


# The periods that pages show.
GRAINS = ("month", "quarter", "year", "all")


class Facts:
    """Questions to one snapshot, asked in the words of the reports."""

    def __init__(self, serving: Path) -> None:
        self._name = serving.name
        self._connection = duckdb.connect(str(serving), read_only=True)
        # Cards, views and languages ask the same again and again.
        self._answers: dict[tuple[str, str], Table] = {}
        self._asked: dict[tuple[str, str, str], dict[tuple[str, str], list[MetricRow]]] = {}

    def close(self) -> None:
        self._connection.close()

    def _rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        return list(self._answer(query, parameters).rows)

    def _answer(self, query: str, parameters: Sequence[object] = ()) -> Table:
        asked = (query, repr(parameters))
        if asked not in self._answers:
            cursor = self._executed(query, parameters)
            names = tuple(column[0] for column in cursor.description or ())
            self._answers[asked] = Table(names, tuple(cursor.fetchall()))
        return self._answers[asked]

    def _executed(self, query: str, parameters: Sequence[object]) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(query, list(parameters))
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            raise OutdatedSnapshot(
                f"the snapshot {self._name} was built by another version of the models "
                f"({str(error).splitlines()[0]}); publish with that version, or run `cx refresh`"
            ) from error

    def as_of_day(self) -> date | None:
        """The day up to which the reports know; None while nothing was accepted."""
        rows = self._rows("select as_of_day from marts.rpt_as_of")
        return rows[0][0] if rows else None  # type: ignore[return-value]

    def last_run(self) -> LastRun | None:
        rows = self._rows(
            "select run_id, finished_at, as_of from ops.runs where status = 'published' "
            "order by finished_at desc limit 1"
        )
        return LastRun(*rows[0]) if rows else None  # type: ignore[arg-type]

    def best_scale(self, metric: str, scopes: Sequence[str]) -> tuple[str, str] | None:
        """The scope (in the order of `scopes`) and scale with the most answers."""
        rows = self._rows(best_scale(metric, scopes))
        return (str(rows[0][0]), str(rows[0][1])) if rows else None

    def series(self, metric: str, scope: str, scale_id: str, grain: str) -> list[MetricRow]:
        """All periods of one grain, in time order, over everybody."""
        return self.members(metric, scope, scale_id, dimension="all", grain=grain)

    def members(
        self, metric: str, scope: str, scale_id: str, *, dimension: str, grain: str = "all"
    ) -> list[MetricRow]:
        """All members of a dimension, in all periods of one grain (one of GRAINS)."""
        asked = (metric, scope, scale_id)
        if asked not in self._asked:
            # One look at the largest report for all that pages and languages ask of a metric.
            found: dict[tuple[str, str], list[MetricRow]] = defaultdict(list)
            query = metric_rows(metric, scope=scope, scale_id=scale_id, grains=GRAINS)
            for row in self._metric_rows(query):
                found[row.dimension, row.period_grain].append(row)
            self._asked[asked] = found
        return self._asked[asked].get((dimension, grain), [])

    def members_of(self, dimension: str, metrics: Sequence[str]) -> list[str]:
        """The members of a dimension that split any of the metrics, the largest first."""
        rows = self._rows(
            """
            select member
            from marts.rpt_metrics
            where dimension = ? and period_grain = 'all' and weighting = 'none'
                and list_contains(?, metric) and scope <> 'benchmark' and not is_suppressed
            group by member
            order by max(n) desc nulls last, member
            limit 12
            """,
            [dimension, list(metrics)],
        )
        return [str(member) for (member,) in rows]

    def _metric_rows(self, query: str) -> list[MetricRow]:
        return [
            MetricRow(**dict(zip(METRIC_COLUMNS, row, strict=True)))  # type: ignore[arg-type]
            for row in self._rows(query)
        ]

    def table(self, query: str) -> Table:
        """The rows of a tile's own query."""
        return self._answer(query)

    def cohorts(self, event: str, rule: str, grain: str) -> list[CohortCell]:
        return [CohortCell(*row) for row in self._rows(cohort_rows(event, rule, grain))]  # type: ignore[arg-type]

    def stages(self) -> dict[str, StagePlace]:
        """The stages of the touchpoints, each with its place in the journeys as designed."""
        rows = self._rows(
            "select stage, min(journey), min(stage_position) from marts.dim_touchpoints "
            "where stage is not null group by stage"
        )
        return {str(stage): StagePlace(*place) for stage, *place in rows}  # type: ignore[arg-type]

    def better(self, metric: str) -> str:
        """Which way a metric is better: higher, lower, or neither."""
        query = "select better from marts.rpt_catalogue where metric = ?"
        ((found,),) = self._rows(query, [metric])
        return str(found)

    def catalogue(self) -> list[Definition]:
        """Every published metric as it is defined, by owner and name."""
        rows = self._rows(
            "select metric, definition, formula, owner, scale, version, worked_example, source, "
            "mart_column, test from marts.rpt_catalogue order by owner, metric"
        )
        return [Definition(*row) for row in rows]  # type: ignore[arg-type]

    def overall(self) -> list[MetricRow]:
        """The unweighted value of every metric over all time and everybody."""
        return self._metric_rows(
            f"select {', '.join(METRIC_COLUMNS)} from marts.rpt_metrics "
            "where weighting = 'none' and period_grain = 'all' and dimension = 'all'"
        )

    def accounts(self) -> list[Account]:
        rows = self._rows(
            """
            select source, entity, cast(sum(read) as bigint), cast(sum(accepted) as bigint),
                cast(sum(superseded) as bigint), cast(sum(withdrawn) as bigint),
                cast(sum(quarantined) as bigint), count(*), max(loaded_at),
                max(newest_record_at), max_by(match_rate, load_id)
            from marts.rpt_source_health
            group by source, entity
            order by source, sum(read) desc, entity
            """
        )
        return [Account(*row) for row in rows]  # type: ignore[arg-type]

    def checks(self, runs: int) -> list[Check]:
        """Every check of the newest run that has gate results, worst first."""
        rows = self._rows(
            """
            with runs_checked as (
                select run_id, max(finished_at) as finished_at
                from ops.gate_results
                group by run_id
                order by 2 desc
                limit ?
            )
            select
                gate, check_key, max_by(status, runs_checked.finished_at),
                max_by(coalesce(detail, ''), runs_checked.finished_at),
                list(status order by runs_checked.finished_at),
                list(runs_checked.run_id order by runs_checked.finished_at),
                max(runs_checked.finished_at) = (select max(finished_at) from runs_checked)
            from ops.gate_results
            inner join runs_checked using (run_id)
            group by gate, check_key
            """,
            [runs],
        )
        order = self._rows(
            "select run_id from ops.gate_results group by run_id "
            "order by max(finished_at) desc limit ?",
            [runs],
        )
        run_ids = [str(row[0]) for row in reversed(order)]
        checks = []
        for gate, key, status, detail, statuses, of_runs, is_current in rows:
            if not is_current:
                continue
            by_run = dict(zip(list(of_runs), list(statuses), strict=True))  # type: ignore[call-overload]
            checks.append(
                Check(
                    gate=str(gate),
                    key=str(key),
                    status=str(status),
                    detail=str(detail),
                    history=tuple(by_run.get(run_id) for run_id in run_ids),
                )
            )
        worst = {"errored": 0, "failed": 1, "acknowledged": 2, "warned": 3, "passed": 4}
        return sorted(checks, key=lambda c: (worst.get(c.status, 0), c.gate, c.key))
