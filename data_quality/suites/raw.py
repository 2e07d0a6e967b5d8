"""Gate 1, "raw": did the newest load of each source and entity look like itself?

A rule here compares a load with its own history or with the ledger. Whether a single row is
usable is judged by the staging models, and how many are not by gate 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from great_expectations.expectations.expectation import Expectation

from data_quality.checks import Check, Planner, Suite
from data_quality.duckdb_adapter import PREVIOUS, Session, literal, quoted
from data_quality.expectations import largest, no_rows, rows_between, rows_equal, share_filled
from data_quality.expected import ExpectedTable
from data_quality.gates import GateSettings, Severity

EARLIEST_TIME = "1990-01-01"
# Reference tables are replaced as a whole and have no history of loads to be judged by.
LOADED = "status = 'loaded' and entity not like 'reference.%'"


@dataclass(frozen=True)
class Load:
    """Records and unreadable lines of one load of one entity, as the ledger counts them."""

    load_id: int
    records: int
    rejected: int

    @property
    def lines(self) -> int:
        return self.records + self.rejected


@dataclass(frozen=True)
class History:
    """The newest load of one entity and those before it, oldest first.

    loaded_on: None when the ledger lacks the load; no time is plausible then, which blocks.
    blocks: false once the load is in the published snapshot: its findings are then reported, and
    no longer hold up what came after.
    """

    source: str
    entity: str
    newest: Load
    earlier: tuple[Load, ...]
    loaded_on: date | None
    blocks: bool

    @property
    def name(self) -> str:
        return f"{self.source}.{self.entity}"

    @property
    def table(self) -> str:
        return f"raw_{self.source}.{self.entity}"

    @property
    def identifier(self) -> str:
        return quoted(f"raw_{self.source}", self.entity)

    @property
    def error(self) -> Severity:
        return "error" if self.blocks else "warn"


@dataclass(frozen=True)
class Past:
    """What the earlier loads of one entity hold: rows, filled values by column, newest time."""

    rows: int
    filled: dict[str, int]
    newest_time: str | None


def plan_schema(_session: Session, settings: GateSettings) -> Iterator[Suite]:
    """Every table of the contract has every column; an old raw file may lack a new one."""
    wanted = ", ".join(
        f"({literal(table.schema)}, {literal(table.entity)}, {literal(column)})"
        for table in settings.expected or ()
        for column in table.columns
    )
    if not wanted:
        return
    missing = (
        "select schema_name, table_name, column_name"
        f" from (values {wanted}) as wanted (schema_name, table_name, column_name)"
        " anti join (select schema_name, table_name, column_name from duckdb_columns()"
        " where database_name = current_database())"
        " using (schema_name, table_name, column_name)"
    )
    yield Suite(
        "schema",
        missing,
        (
            Check(
                key="raw.schema",
                table="raw_*",
                severity="error",
                expectation=no_rows(),
                meaning="Raw lacks columns of the input contract; refresh again so that ingestion"
                " adds them, or look for a change of contract.yml.",
                counted="columns missing",
                explain=(
                    "select schema_name || '.' || table_name || ' lacks '"
                    f" || string_agg(column_name, ', ') from ({missing})"
                    " group by schema_name, table_name order by 1 limit 5",
                ),
            ),
        ),
    )


def plan_loads(session: Session, settings: GateSettings) -> Iterator[Suite]:
    """One suite per source and entity: ledger, volume, null shares, times."""
    expected = {(table.source, table.entity): table for table in settings.expected or ()}
    tables = session.tables
    for history in _histories(session, settings):
        described = expected.get((history.source, history.entity))
        present = tables.get(history.table, ())
        watched = tuple(c for c in described.watched if c in present) if described else ()
        time = described.time_column if described and described.time_column in present else None
        past = _past(session, history, watched=watched, time=time)
        checks = [*_ledger_checks(history), *_volume_checks(history, settings)]
        if history.newest.records >= settings.bounds.judged_rows:
            checks += _time_checks(history, past, time=time, settings=settings)
            if described and past:
                checks += _null_checks(history, past, described, watched=watched, settings=settings)
        yield Suite(history.name, _load_query(history, watched, time), tuple(checks))


def plan_rejected_lines(session: Session, settings: GateSettings) -> Iterator[Suite]:
    """Unreadable lines per entity: a grossly wrong file, or more of them than ever."""
    checks = [
        check
        for history in _histories(session, settings)
        for check in _rejected_checks(history, settings)
    ]
    if checks:
        yield Suite(
            "rejected_lines",
            "select source, entity, load_id, sum(records) as records,"
            f" sum(rejected_lines) as rejected_lines from ops.files where {LOADED}"
            " group by all",
            tuple(checks),
        )


def plan_replaced_files(session: Session, settings: GateSettings) -> Iterator[Suite]:
    """A file that came again with less than half of its records may have been cut short."""
    versions = (
        "select source, entity, file, load_id, records, lag(records) over ("
        "partition by source, entity, file order by file_id) as records_before"
        f" from ops.files where {LOADED}"
    )
    newest = {
        (history.source, history.entity): history for history in _histories(session, settings)
    }
    replaced = session.rows(
        f"select source, entity, max(load_id) from ({versions})"
        " where records_before is not null group by all order by all"
    )
    checks = []
    for source, entity, load_id in replaced:
        history = newest[(source, entity)]
        if load_id == history.newest.load_id:
            checks.append(_replaced_file_check(history, versions))
    if checks:
        yield Suite("replaced_files", versions, tuple(checks))


RAW_PLANNERS: dict[str, Planner] = {
    "raw.schema": plan_schema,
    "raw.loads": plan_loads,
    "raw.rejected_lines": plan_rejected_lines,
    "raw.replaced_files": plan_replaced_files,
}


def _histories(session: Session, settings: GateSettings) -> list[History]:
    published = _published_loads(session)
    loads = session.rows(
        "select f.source, f.entity, f.load_id, sum(f.records)::bigint,"
        " sum(f.rejected_lines)::bigint, max(l.loaded_at)::date"
        " from ops.files f left join ops.loads l on l.load_id = f.load_id and l.source = f.source"
        f" where {LOADED} group by all order by f.source, f.entity, f.load_id"
    )
    by_entity: dict[tuple[str, str], list[Load]] = {}
    loaded_on: dict[int, date | None] = {}
    for source, entity, load_id, records, rejected, day in loads:
        by_entity.setdefault((source, entity), []).append(Load(load_id, records, rejected))
        loaded_on[load_id] = day
    return [
        History(
            source=source,
            entity=entity,
            newest=found[-1],
            earlier=tuple(found[:-1][-settings.bounds.history_loads :]),
            loaded_on=loaded_on[found[-1].load_id],
            blocks=found[-1].load_id not in published,
        )
        for (source, entity), found in by_entity.items()
    ]


def _published_loads(session: Session) -> set[int]:
    if "marts.rpt_source_health" not in session.previous_tables:
        return set()
    found = session.rows(f"select distinct load_id from {PREVIOUS}.marts.rpt_source_health")
    return {load_id for (load_id,) in found}


def _plausible_day(column: str, history: History) -> str:
    """The day of a time as text, null when it cannot be read or cannot be.

    What lay ahead is told by the time of loading and not by a clock: the answer is the same on
    any day, and for a run that is set back in time.
    """
    if history.loaded_on is None:
        return "null::varchar"
    latest = (history.loaded_on + timedelta(days=1)).isoformat()
    day = f"try_cast(left({quoted(column)}, 10) as date)"
    return (
        f"case when {day} between date '{EARLIEST_TIME}' and date '{latest}'"
        f" then left({quoted(column)}, 10) end"
    )


def _load_query(history: History, watched: Iterable[str], time: str | None) -> str:
    columns = [f"nullif({quoted(c)}, '') as {quoted(c)}" for c in watched]
    if time:
        columns.append(f"{_plausible_day(time, history)} as plausible_day")
    return (
        f"select {', '.join(['_load_id', *columns])} from {history.identifier}"
        f" where _load_id = {history.newest.load_id}"
    )


def _past(
    session: Session,
    history: History,
    *,
    watched: tuple[str, ...],
    time: str | None,
) -> Past | None:
    """Scans the earlier loads once; None when there are none, or nothing to compare."""
    if not history.earlier or not (watched or time):
        return None
    ids = ", ".join(str(load.load_id) for load in history.earlier)
    counts = [f"count(nullif({quoted(column)}, ''))" for column in watched]
    newest = f"max({_plausible_day(time, history)})" if time else "null"
    ((rows, newest_time, *filled),) = session.rows(
        f"select {', '.join(['count(*)', newest, *counts])} from {history.identifier}"
        f" where _load_id in ({ids})"
    )
    return Past(rows=rows, filled=dict(zip(watched, filled, strict=True)), newest_time=newest_time)


def _ledger_checks(history: History) -> list[Check]:
    return [
        Check(
            key=f"raw.ledger.{history.name}",
            table=history.table,
            severity="error",
            expectation=rows_equal(history.newest.records),
            meaning="The rows of this load are not those that the ledger ops.files counted when"
            " it was read: raw was changed by hand, or a load was interrupted. Nothing can be"
            " built on it; restore raw.duckdb from a copy.",
            explain=(
                "select f.file || ' has ' || count(r._file_id) || ' rows, the ledger says '"
                f" || any_value(f.records) from ops.files f left join {history.identifier} r"
                f" on r._file_id = f.file_id and r._load_id = f.load_id"
                f" where f.load_id = {history.newest.load_id} and f.status = 'loaded'"
                f" and f.entity = {literal(history.entity)}"
                " group by f.file_id, f.file having count(r._file_id) <> any_value(f.records)"
                " order by 1 limit 5",
            ),
        )
    ]


def _volume_checks(history: History, settings: GateSettings) -> list[Check]:
    bounds = settings.bounds
    if len(history.earlier) < bounds.volume_min_loads:
        return []
    usual = median(load.records for load in history.earlier)
    if usual < bounds.volume_min_rows:
        return []
    seen = (
        f"The median of the {len(history.earlier)} loads before it is {usual:g} rows"
        f" (load {history.newest.load_id} has {history.newest.records})."
    )
    return [
        Check(
            key=f"raw.volume_collapsed.{history.name}",
            table=history.table,
            severity=history.error,
            expectation=rows_between(round(usual * bounds.volume_block_below)),
            meaning=f"{seen} A delivery this small is usually cut short: have it sent again, or"
            " acknowledge it when it is right.",
        ),
        Check(
            key=f"raw.volume.{history.name}",
            table=history.table,
            severity="warn",
            expectation=rows_between(
                round(usual * bounds.volume_warn_below), round(usual * bounds.volume_warn_above)
            ),
            meaning=f"{seen} See whether the delivery is whole, and not sent twice.",
        ),
    ]


def _null_checks(
    history: History,
    past: Past,
    described: ExpectedTable,
    *,
    watched: tuple[str, ...],
    settings: GateSettings,
) -> list[Check]:
    bounds = settings.bounds
    if past.rows < bounds.judged_rows:
        return []
    return [
        _null_check(
            history,
            column,
            usual=past.filled[column] / past.rows,
            is_required=column in described.required,
            settings=settings,
        )
        for column in watched
    ]


def _null_check(
    history: History, column: str, *, usual: float, is_required: bool, settings: GateSettings
) -> Check:
    """A required column blocks when it has in effect gone; below that, quarantine takes the rows.

    An identifier or a score may be missing in any row, so a rise of its null share is pointed out.
    """
    bounds = settings.bounds
    floor = usual - (bounds.null_share_block if is_required else bounds.null_share_warn)
    rule = "column_emptied" if is_required else "null_share"
    return Check(
        key=f"raw.{rule}.{history.name}.{column}",
        table=history.table,
        severity=history.error if is_required else "warn",
        expectation=share_filled(column, at_least=max(0.0, round(floor, 4))),
        meaning=f"{column} was filled in {usual:.1%} of the rows of earlier loads. See whether the"
        " source renamed it or stopped sending it.",
        explain=(
            "select 'first rows without it: ' || string_agg(place, ', ') from ("
            f"select _file || ':' || _record_number as place from {history.identifier}"
            f" where _load_id = {history.newest.load_id} and nullif({quoted(column)}, '') is null"
            " order by _file_id, _record_number limit 5)",
        ),
    )


def _time_checks(
    history: History, past: Past | None, *, time: str | None, settings: GateSettings
) -> list[Check]:
    if time is None:
        return []
    checks = [
        Check(
            key=f"raw.times.{history.name}",
            table=history.table,
            severity=history.error,
            expectation=share_filled("plausible_day", at_least=settings.bounds.usable_times_block),
            meaning=f"Most values of {time} are no ISO 8601 time between {EARLIEST_TIME} and"
            " the day after loading: the format, the time zone or the clock of the source changed.",
            explain=(
                "select 'first rows: ' || string_agg(place, ', ') from ("
                f"select _file || ':' || _record_number as place from {history.identifier}"
                f" where _load_id = {history.newest.load_id}"
                f" and ({_plausible_day(time, history)}) is null"
                " order by _file_id, _record_number limit 5)",
            ),
        )
    ]
    if past and past.newest_time:
        checks.append(
            Check(
                key=f"raw.recency.{history.name}",
                table=history.table,
                severity="warn",
                expectation=largest("plausible_day", at_least=_day_before(past.newest_time)),
                meaning=f"{time} reached {past.newest_time} in earlier loads, and this one ends"
                " before that: an old file was sent again, or the source stands still.",
            )
        )
    return checks


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _rejected_checks(history: History, settings: GateSettings) -> list[Check]:
    """Only where there are such lines, now or before: the rest has nothing to judge."""
    bounds = settings.bounds
    lines_before = sum(load.lines for load in history.earlier)
    rejected_before = sum(load.rejected for load in history.earlier)
    if not history.newest.rejected and not rejected_before:
        return []
    load = history.newest
    observed = f"{load.rejected} of {load.lines} lines unreadable"
    gross = bounds.rejected_share_block
    checks = [
        Check(
            key=f"raw.unreadable.{history.name}",
            table=f"raw_{history.source}.rejected_lines",
            severity=history.error,
            expectation=_rejected_expectation(history, gross, settings.quarantine_rows),
            meaning=f"More than {gross:.0%} of the lines cannot be read: this is hardly a file of"
            " this entity. Look at its header, separator and encoding.",
            observed=observed,
            explain=(_first_rejected(history),),
        )
    ]
    if lines_before:
        usual = rejected_before / lines_before
        checks.append(
            Check(
                key=f"raw.rejected_lines.{history.name}",
                table=f"raw_{history.source}.rejected_lines",
                severity="warn",
                expectation=_rejected_expectation(
                    history, usual + bounds.rejected_share_warn, bounds.rejected_lines_warn
                ),
                meaning=f"Earlier loads had {usual:.2%} unreadable lines.",
                observed=observed,
                explain=(_first_rejected(history),),
            )
        )
    return checks


def _rejected_expectation(history: History, share: float, rows: int) -> Expectation:
    return no_rows(
        f"source = {literal(history.source)} and entity = {literal(history.entity)}"
        f" and load_id = {history.newest.load_id} and rejected_lines > {rows}"
        f" and rejected_lines > {share:.6f} * (records + rejected_lines)"
    )


def _first_rejected(history: History) -> str:
    """Places only: neither the line nor DuckDB's message, which quotes it."""
    return (
        "select 'first lines: ' || string_agg(place, ', ') from ("
        f"select _file || ':' || line_number as place"
        f" from {quoted(f'raw_{history.source}', 'rejected_lines')}"
        f" where _load_id = {history.newest.load_id} and entity = {literal(history.entity)}"
        " order by _file_id, line_number limit 5)"
    )


def _replaced_file_check(history: History, versions: str) -> Check:
    shrunk = (
        f"source = {literal(history.source)} and entity = {literal(history.entity)}"
        f" and load_id = {history.newest.load_id} and records < records_before / 2.0"
    )
    return Check(
        key=f"raw.file_shrunk.{history.name}",
        table="ops.files",
        severity="warn",
        expectation=no_rows(shrunk),
        meaning="A file came again with less than half of its records. Nothing is lost, raw keeps"
        " what it held before; see whether it was cut short.",
        counted="files shrunk",
        explain=(
            "select file || ' had ' || records_before || ' records and has ' || records"
            f" from ({versions}) where {shrunk} order by 1 limit 5",
        ),
    )
