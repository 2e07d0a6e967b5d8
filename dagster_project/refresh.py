"""One run over a home: fetch, ingest, gate, build, gate, publish.

`Run` holds the stages; Dagster's assets call them one by one, and `refresh` runs those same
assets in this process for the shell. Nothing of Dagster, dbt or Great Expectations is imported
before it is known that there is something to build: a refresh with nothing new takes a second.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import duckdb
import pyarrow as pa

from dagster_project import run_report
from dagster_project.connections import connections
from dagster_project.console import Teller
from dagster_project.fetch_stage import Fetched, FetchOrder, fetch_from, ordered
from dagster_project.fingerprint import definitions, fingerprint, loads, shape, versions
from dagster_project.lock import WriterBusy, writer_lock
from dagster_project.run_report import GateCheck, Refusal, RowAccount, RunReport, Stage
from dagster_project.settings import Settings, hash_key, remember_inputs
from data_quality.redaction import without_identities
from ingestion.errors import UnrecognisedLayout
from ingestion.fetches import note_fetch, reasons_by_table
from ingestion.fetching.model import Connection
from ingestion.issued_keys import remember_issued_keys
from ingestion.pipelines import ingest, recognise, unreadable
from ingestion.report import EntityReport
from ingestion.systems import SYSTEMS
from publishing import serving

if TYPE_CHECKING:
    from dagster_project.dbt_runner import BuildResult, NodeResult
    from data_quality.gates import GateName
    from publishing.site import SiteReport

RUNS = pa.schema(
    [
        ("run_id", pa.string()),
        ("started_at", pa.timestamp("us")),
        ("finished_at", pa.timestamp("us")),
        ("status", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("message", pa.string()),
        ("seconds", pa.float64()),
        ("rows_read", pa.int64()),
        ("rows_quarantined", pa.int64()),
        ("peak_rss_bytes", pa.int64()),
    ]
)
GATE_RESULTS = pa.schema(
    [
        ("run_id", pa.string()),
        ("finished_at", pa.timestamp("us")),
        ("gate", pa.string()),
        ("check_key", pa.string()),
        ("table_name", pa.string()),
        ("status", pa.string()),
        ("observed", pa.string()),
        ("detail", pa.string()),
        ("acknowledged_reason", pa.string()),
    ]
)
FETCH = "fetch"
INGEST = "ingest"
_REMEMBERED = "the folder is remembered in cx.toml; take it out there or bring it back"
# The release decision's keys of dbt's tests.
DBT_KEYS = "dbt."
# ru_maxrss counts kibibytes, but bytes on macOS.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


class NotAudited(RuntimeError):
    """Publishing was asked of a run that has not built and checked what it would publish."""


class Blocked(RuntimeError):
    """A gate refused; nothing was published."""


@dataclass
class Tally:
    """What a stage counts while it works."""

    rows: int | None = None


@dataclass
class Run:
    """The state of one run. As a context it ends with a written report, however it ends.

    The caller holds the writer lock. Stages are called in order; each is timed and told.
    """

    settings: Settings
    teller: Teller
    inputs: Sequence[Path] = ()
    full: bool = False
    reads_inputs: bool = True
    order: FetchOrder = field(default_factory=FetchOrder)
    refused_before: tuple[Refusal, ...] = ()
    acknowledged: Mapping[str, str] = field(default_factory=dict)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    run_id: str = ""
    fingerprint: str = ""
    failure: str = ""
    same_as: RunReport | None = None
    fetched: dict[str, Fetched] = field(default_factory=dict)
    read: tuple[EntityReport, ...] | None = None
    warnings: tuple[str, ...] = ()
    away: tuple[Refusal, ...] = ()
    rebuilds: bool = False
    keeps_definitions: bool = False
    built: BuildResult | None = None
    report: RunReport | None = None
    stages: list[Stage] = field(default_factory=list)
    checks: list[GateCheck] = field(default_factory=list)
    gates_run: set[str] = field(default_factory=set)
    published: list[str] = field(default_factory=list)
    content_hashes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.run_id = self.run_id or run_report.new_run_id(self.started)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and not self.failure:
            self.failure = f"{type(error).__name__}: {error}"
        if self.built is not None and "marts" not in self.gates_run and not self.failure:
            # A failed test leaves models behind it unbuilt, and Dagster then skips the gate:
            # the run still ends with the decision that refuses it.
            with suppress(Exception):  # the stage has put the reason into the report
                self.gate_marts()
        if not self.failure and INGEST not in (stage.name for stage in self.stages):
            return  # a part of the graph, materialised by itself: no run in this sense
        self.report = self._report()
        run_report.write_report(self.settings.runs, self.report)

    # ---- stages, in their order -------------------------------------------------------------

    def fetch(self) -> None:
        """Land what is new at the connected systems, each once per run.

        One after the other: each has limits of its own, and they share one disk.
        """
        if self.reads_inputs and self.settings.sources:
            for connection in ordered(self.settings, self.order):
                self.fetch_from(connection.name)

    def fetch_from(self, name: str) -> Fetched:
        """Land what is new at one of them, unless this run has done so."""
        if name not in self.fetched:
            [connection] = ordered(self.settings, FetchOrder((name,)))
            with self.stage(f"{FETCH} {name}") as tally:
                self.fetched[name] = fetch_from(
                    connection, self.settings, order=self.order, on_progress=self.teller.step
                )
                tally.rows = self.fetched[name].records
                self._note_fetch(connection)
        return self.fetched[name]

    def _note_fetch(self, connection: Connection) -> None:
        if self.order.since is not None:
            return  # a span of the past says nothing of how new the account's rows are
        reasons = {each.entity: each.reason for each in self.fetched[connection.name].refused}
        note_fetch(
            self.settings.raw,
            source=connection.system,
            source_system=connection.name,
            reasons=reasons_by_table(SYSTEMS[connection.system].tables(), reasons),
            at=self.started,
        )

    def fetch_again(self, name: str, *, since: datetime, until: datetime) -> Fetched:
        """Land what changed at one of them in a span of the past; no cursor moves."""
        order = FetchOrder((name,), since, until)
        [connection] = ordered(self.settings, order)
        return fetch_from(connection, self.settings, order=order, on_progress=self.teller.step)

    def ingest(self) -> tuple[EntityReport, ...]:
        """Read new and changed files, and what was fetched, into raw; once per run."""
        if self.read is not None:
            return self.read
        self.fetch()
        self._begin_record()
        with self.stage(INGEST) as tally:
            read: tuple[EntityReport, ...] = ()
            if self.reads_inputs:
                folders = self._folders()
                found = ingest(
                    self.settings.raw,
                    inputs=folders,
                    accounts=connections(self.settings),
                    hash_key=hash_key(self.settings),
                    now=self.started,
                    on_progress=self.teller.step,
                    is_whole=not self.away,
                )
                read, self.warnings = found.entities, found.warnings
                # it holds addresses and texts as they came
                self.settings.raw.chmod(0o600)
                self._remember(folders)
            tally.rows = sum(entity.records for entity in read)
            self.fingerprint = fingerprint(self.settings)
            self.same_as = self._published_from_the_same()
            self.read = read
        for warning in self.warnings:
            self.teller.say(f"note: {warning}")
        return read

    def _folders(self) -> list[Path]:
        """The folders to read. One that was given must be usable; one that is only remembered
        may be away, and then what it brought before stays.
        """
        given = [folder.resolve() for folder in self.inputs]
        remembered = [folder for folder in self.settings.inputs if folder.resolve() not in given]
        self.away = tuple(
            Refusal("sources", "inputs", str(folder), f"{reason}; {_REMEMBERED}")
            for folder, reason in unreadable(remembered).items()
        )
        names = {refusal.file for refusal in self.away}
        folders = [folder for folder in self.settings.inputs if str(folder) not in names]
        folders += [folder for folder in given if folder not in folders]
        if not folders and self.away and not self.settings.raw.exists():
            told = "; ".join(f"{refusal.file}: {refusal.message}" for refusal in self.away)
            raise UnrecognisedLayout(f"there is nothing to read yet: {told}")
        return folders

    def _remember(self, folders: Sequence[Path]) -> None:
        remember_inputs(self.settings, self.inputs)
        new = [str(folder) for folder in folders if folder not in self.settings.inputs]
        if new and self.settings.inputs:
            already = ", ".join(map(str, self.settings.inputs))
            self.teller.say(f"reads also: {', '.join(new)} (remembered in cx.toml, with {already})")

    def _begin_record(self) -> None:
        """Leave word of this run, should it be killed; and tell of the last, if it was."""
        for last in run_report.reports(self.settings.runs, newest=1):
            if last.status == run_report.RUNNING and last.run_id != self.run_id:
                self.teller.say(
                    f"note: run {last.run_id} {run_report.DIED}; nothing is lost, this one goes on"
                    " from what is there"
                )
        run_report.write_report(self.settings.runs, run_report.begun(self.run_id, self.started))

    def redraw_missing_site(self) -> None:
        """With nothing to build: somebody may have deleted the dashboards."""
        if (self.settings.site / "index.html").exists():
            return
        self.teller.say(f"note: there are no dashboards in {self.settings.site}: drawn again")
        with suppress(Exception):  # the stage has put the reason into the report
            self.build_site()

    @property
    def is_unchanged(self) -> bool:
        """Whether the last published run stood on exactly what this one would stand on."""
        return self.same_as is not None

    def gate_raw(self) -> list[GateCheck]:
        """Does each new load look like itself?"""
        return self._gate("raw", self.settings.raw)

    def build(self) -> BuildResult:
        """Build and test everything that does not stand on analytics/.

        Raises:
            DbtFailed: a model could not be built, or a test could not be run.
        """
        with self.stage("build") as tally:
            reason = self._why_not_kept()
            self.rebuilds = self.full or reason is not None
            if reason is not None and self.settings.warehouse.exists() and not self.full:
                self.teller.say(f"{reason}: all rows are built again")
            self._clear_for_building()
            self.keeps_definitions = not self.rebuilds and self._has_definitions()
            # no promise about a warehouse that is being rebuilt
            self.settings.shape_file.unlink(missing_ok=True)
            self.settings.definitions_file.unlink(missing_ok=True)
            self.built = self._dbt_build(behind_analytics=False)
            tally.rows = _rows_in(self.settings.warehouse)
            self.settings.warehouse.chmod(0o600)
            self.built.require_whole()
        return self.built

    def _why_not_kept(self) -> str | None:
        """Why rows that were built before are of no use; None where they are."""
        stamp = self.settings.shape_file
        if not stamp.exists():  # `build` takes it away, and the end of `build_reports` puts it back
            return "the last build was interrupted or failed"
        built_by, _, last_load = stamp.read_text(encoding="utf-8").partition("\n")
        if built_by != shape(self.settings):
            return "models, time zone, brand or reference data changed"
        if last_load and last_load not in loads(self.settings.raw):
            return "raw.duckdb is a new one, or from a backup"
        return None

    def _has_definitions(self) -> bool:
        """Whether the warehouse has all views and seeds just as this run would make them."""
        stamp = self.settings.definitions_file
        if not self.settings.warehouse.exists() or not stamp.exists():
            return False
        return stamp.read_text(encoding="utf-8") == self._definitions()

    def keeps(self, materialization: str) -> bool:
        """Whether the run leaves models of this kind as they are."""
        from dagster_project.dbt_runner import DEFINITIONS

        return self.keeps_definitions and materialization in DEFINITIONS

    def _definitions(self) -> str:
        from dagster_project.dbt_runner import variables

        return definitions(self.settings, variables(self.settings))

    def _clear_for_building(self) -> None:
        """Take away a warehouse that cannot be built upon: all of it comes from raw."""
        warehouse = self.settings.warehouse
        reason = why_unreadable(warehouse)
        if reason is not None:
            aside = warehouse.with_name(f"{warehouse.name}.unreadable")
            warehouse.replace(aside)
            self.teller.say(
                f"note: {warehouse} cannot be opened ({reason}); moved to {aside}, which may be "
                "deleted, and all rows are built again from raw"
            )
        elif self.full:
            # Damage within the file shows only where it is read: nothing of it is built upon.
            warehouse.unlink(missing_ok=True)
        if not warehouse.exists():
            warehouse.with_name(f"{warehouse.name}.wal").unlink(missing_ok=True)

    def analyse(self) -> int:
        """Compute what SQL cannot, from the models of the first build; returns rows written."""
        from dagster_project.analytics_stage import run_steps

        with self.stage("analyse") as tally:
            tally.rows = run_steps(
                self.settings.warehouse,
                on_step=lambda name, done, total: self.teller.step(name, done, total),
            )
        return tally.rows

    def build_reports(self) -> BuildResult:
        """Build and test what stands on analytics/; returns these nodes alone.

        Raises:
            NotAudited: `build` has not run before.
            DbtFailed: as `build`.
        """
        from dagster_project.dbt_runner import BuildResult

        if self.built is None:
            raise NotAudited("reports are built only after the models they stand on: run the job")
        with self.stage("reports") as tally:
            reports = self._dbt_build(behind_analytics=True)
            tally.rows = sum(1 for node in reports.nodes if node.kind == "model")
            reports.require_whole()
            last_load = "".join(loads(self.settings.raw)[-1:])
            self.settings.shape_file.write_text(
                f"{shape(self.settings)}\n{last_load}", encoding="utf-8"
            )
            self.built = BuildResult((*self.built.nodes, *reports.nodes))
            if self.built.is_complete:
                self.settings.definitions_file.write_text(self._definitions(), encoding="utf-8")
        return reports

    def _dbt_build(self, *, behind_analytics: bool) -> BuildResult:
        from dagster_project import dbt_runner

        return dbt_runner.build(
            self.settings,
            dbt_runner.variables(self.settings),
            behind_analytics=behind_analytics,
            full=self.rebuilds,
            keep_definitions=self.keeps_definitions,
            without_tests=self._tests_left_out(),
            on_node=lambda done, total, name: self.teller.step(name, done, total),
        )

    def _tests_left_out(self) -> set[str]:
        """Acknowledged tests: dbt does not build what stands behind a failed one."""
        keys = [key for key in self.acknowledged if key.startswith(DBT_KEYS)]
        return {key.removeprefix(DBT_KEYS) for key in keys}

    def gate_marts(self) -> list[GateCheck]:
        """The release decision: dbt's tests and what the marts look like."""
        if self.built is None:
            return self._gate("marts", self.settings.warehouse)
        from dagster_project.dbt_runner import left_out

        tests = [*self.built.tests, *map(left_out, sorted(self._tests_left_out()))]
        return self._gate("marts", self.settings.warehouse, tests=tests)

    def publish(self) -> serving.Snapshot:
        """Swap the serving snapshot, then remember the keys it made public.

        Raises:
            Blocked: a check of this run refused.
            NotAudited: this run has not built and checked the warehouse itself.
        """
        self.require_release()
        if self.built is None or self.gates_run != {"raw", "marts"}:
            raise NotAudited(
                "a snapshot is published only by a run that has built and checked it: "
                "launch the whole job `refresh`, or run `cx refresh`"
            )
        with self.stage("publish") as tally:
            from publishing.metabase.state import bi_objects

            own = replace(self._report(), status=run_report.PUBLISHED, message="")
            others = [
                run_report.died(report)
                for report in run_report.reports(self.settings.runs)
                if report.run_id != self.run_id
            ]
            snapshot = serving.publish_snapshot(
                self.settings.warehouse,
                home=self.settings.home,
                run_id=self.run_id,
                ops={
                    **ops_tables([own, *others]),
                    "bi_objects": bi_objects(self.settings.metabase_state),
                },
                on_table=self.teller.step,
            )
            self.published.append("serving")
            remember_issued_keys(self.settings.raw, self.settings.warehouse)
            tally.rows = snapshot.rows
            self.content_hashes = {f"{t.schema}.{t.name}": t.content_hash for t in snapshot.tables}
        return snapshot

    def build_site(self) -> SiteReport:
        """Render the dashboards from the published snapshot."""
        with self.stage("site") as tally:
            from publishing import site

            pages = site.build(
                self.settings.serving,
                out=self.settings.site,
                brand=self.settings.brand,
                locale=self.settings.locale,
                now=self.started,
            )
            tally.rows = pages.pages
            self.published.append("site")
        return pages

    @property
    def is_explained(self) -> bool:
        """Whether the report already says why nothing was published."""
        return bool(self.failure) or any(check.blocks for check in self.checks)

    def require_release(self) -> None:
        blocking = [check for check in self.checks if check.blocks]
        if blocking:
            raise Blocked(f"{len(blocking)} checks refused: {', '.join(c.key for c in blocking)}")

    # ---- parts ------------------------------------------------------------------------------

    @contextmanager
    def stage(self, name: str) -> Iterator[Tally]:
        """Time a part of the run, tell it, and keep why it failed."""
        tally = Tally()
        begun = time.monotonic()
        self.failure = ""  # of an earlier attempt at this stage
        self.teller.begin(name)
        try:
            yield tally
        except BaseException as error:
            # DuckDB quotes the value that it could not use, which may be an address.
            told = without_identities(str(error)) or type(error).__name__
            self.failure = f"{name}: {told}"
            raise
        finally:
            seconds = round(time.monotonic() - begun, 3)
            self.stages.append(Stage(name=name, seconds=seconds, rows=tally.rows))
            self.teller.end(name, seconds)

    def _gate(
        self, name: GateName, database: Path, *, tests: Sequence[NodeResult] = ()
    ) -> list[GateCheck]:
        from data_quality.gates import DbtTest, GateSettings, run_gate

        as_of = self.settings.as_of
        gate_settings = GateSettings(
            now=datetime.fromisoformat(as_of).replace(tzinfo=UTC) if as_of else self.started,
            previous=self._comparable,
            dbt_tests=tuple(DbtTest(t.name, t.status, t.told()) for t in tests),
            acknowledged=frozenset(self.acknowledged),
            quarantine_share=self.settings.quarantine_share,
            quarantine_rows=self.settings.quarantine_rows,
        )
        with self.stage(f"gate {name}") as tally:
            result = run_gate(
                name, database=database, docs_dir=self.settings.data_docs, settings=gate_settings
            )
            found = [
                GateCheck(name, check.key, check.table, check.status, check.observed, check.detail)
                for check in result.checks
            ]
            tally.rows = len(found)
        self.gates_run.add(name)
        self.checks += found
        return found

    @cached_property
    def _comparable(self) -> Path | None:
        """The snapshot that loads and marts are compared with: the newest that opens."""
        published = self.settings.serving
        if not published.exists() or serving.is_readable(published):
            return published
        kept = serving.readable_snapshots(self.settings.home)
        instead = f"run {serving.run_id_of(kept[0])} instead" if kept else "no earlier run"
        self.teller.say(f"note: {published} cannot be read; compared with {instead}")
        return kept[0] if kept else None

    def _published_from_the_same(self) -> RunReport | None:
        if self.full or self.acknowledged or not self.settings.serving.exists():
            return None
        if not serving.is_readable(self.settings.serving):
            return None
        last = run_report.last_of(self.settings.runs, [run_report.PUBLISHED])
        return last if last is not None and last.fingerprint == self.fingerprint else None

    def _report(self) -> RunReport:
        finished = datetime.now(UTC)
        new_loads = self._new_loads()
        return RunReport(
            run_id=self.run_id,
            started_at=run_report.timestamp(self.started),
            finished_at=run_report.timestamp(finished),
            status=self._status(),
            as_of=_as_of(self.settings.warehouse) if self.built is not None else None,
            message=self._message(),
            fingerprint=self.fingerprint,
            same_as_run=self.same_as.run_id if self.same_as else None,
            new_loads=new_loads,
            last_load=max(new_loads, default=self._last_shown_load()),
            row_accounts=_row_accounts(self.settings.warehouse, new_loads)
            if self.built is not None
            else (),
            refusals=self.refusals(),
            stages=tuple(self.stages),
            peak_rss_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT,
            gate_results=tuple(self.checks),
            acknowledged=dict(self.acknowledged),
            published=tuple(self.published),
            content_hashes=self.content_hashes,
            versions=versions(),
        )

    def refusals(self) -> tuple[Refusal, ...]:
        """Files and folders that could not be taken in, by this run or by the one it releases."""
        files = (
            Refusal(entity.source, refused.entity, refused.file, refused.message)
            for entity in self.read or ()
            for refused in entity.refused
        )
        accounts = (refused for account in self.fetched.values() for refused in account.refused)
        return (*self.refused_before, *self.away, *accounts, *files)

    def _status(self) -> str:
        if any(check.blocks for check in self.checks):
            return run_report.BLOCKED
        if self.failure:
            return run_report.FAILED
        if self.is_unchanged:
            return run_report.SKIPPED
        return run_report.PUBLISHED if "serving" in self.published else run_report.FAILED

    def _message(self) -> str:
        if self.same_as is not None and not self.failure:
            shown = serving.current_run_id(self.settings.home)
            aside = (
                ""
                if shown == self.same_as.run_id
                else f"; rolled back to run {shown}: `cx refresh --full` publishes the newest again"
            )
            return (
                f"skipped: inputs unchanged since run {self.same_as.run_id}, "
                f"last tested at {self.same_as.finished_at}{aside}"
            )
        blocking = [check for check in self.checks if check.blocks]
        if blocking:
            return f"blocked by {len(blocking)} checks: {', '.join(c.key for c in blocking[:5])}"
        return self.failure or ("" if self.published else "the run ended before it published")

    def _last_shown_load(self) -> int:
        last = run_report.last_of(self.settings.runs, [run_report.PUBLISHED])
        return 0 if last is None else last.last_load

    def _new_loads(self) -> tuple[int, ...]:
        """Loads that no published run has shown yet: this run's, and those of blocked runs."""
        if self.read is None:
            return ()
        # Compared in Python: binding a value makes DuckDB import pandas, half a second.
        with duckdb.connect(str(self.settings.raw), read_only=True) as connection:
            rows = connection.execute("select load_id from ops.loads order by load_id").fetchall()
        shown = self._last_shown_load()
        return tuple(int(row[0]) for row in rows if row[0] > shown)


def refresh(
    settings: Settings,
    *,
    teller: Teller,
    inputs: Sequence[Path] = (),
    full: bool = False,
    wait: bool = False,
    reads_inputs: bool = True,
    order: FetchOrder | None = None,
    acknowledged: Mapping[str, str] | None = None,
    refused_before: tuple[Refusal, ...] = (),
) -> RunReport:
    """Run all stages under the writer lock and return the written report.

    Args:
        order: what to fetch of the connected systems; by default what is new of all.
        acknowledged: the checks of the run that this one releases, with reasons.
        refused_before: the files that the released run could not take in.

    Raises:
        WriterBusy: another run writes to this home and `wait` is false.
        SettingsError, UnrecognisedLayout: the call cannot be carried out as it was given.
    """
    # a mistyped folder is wrong usage, not a run that failed
    sources = [recognise(folder) for folder in inputs]
    sources += [connection.system for connection in connections(settings)]
    ordered(settings, order or FetchOrder())
    with writer_lock(settings.lock, wait=wait, on_wait=teller.say):
        run = Run(
            settings=settings,
            teller=teller,
            inputs=inputs,
            full=full,
            reads_inputs=reads_inputs,
            order=order or FetchOrder(),
            acknowledged=acknowledged or {},
            refused_before=refused_before,
        )
        with run:
            with ThreadPoolExecutor(max_workers=1) as beside:
                if not settings.raw.exists():
                    beside.submit(_parse_ahead, settings, sources)
                run.ingest()
            if run.is_unchanged:
                run.redraw_missing_site()
            else:
                from dagster_project.in_process import materialize

                materialize(run)
        if run.report is None:
            raise RuntimeError("the run ended without a report")
        return run.report


def _parse_ahead(settings: Settings, sources: Sequence[str]) -> None:
    """Import Dagster and dbt and parse the project while DuckDB reads the inputs.

    Of a new home only, which has something to build in any case: twelve seconds of one core.
    What fails here fails again, and is told, where the manifest is asked for.
    """
    from dagster_project import dbt_runner, in_process

    del in_process  # imported for the time it takes
    dbt_runner.ensure_manifest(settings, dbt_runner.variables(settings, sources))


def ops_tables(told: Sequence[RunReport]) -> dict[str, pa.Table]:
    """The schema `ops` of a snapshot: runs and their checks, the newest first."""
    return {
        "runs": pa.Table.from_pylist(run_report.run_rows(told), schema=RUNS),
        "gate_results": pa.Table.from_pylist(run_report.gate_rows(told), schema=GATE_RESULTS),
    }


def why_unreadable(database: Path) -> str | None:
    """Why a file cannot be opened as a DuckDB database; None where it can, or is not there.

    Raises:
        OSError: it may not be read: that is not the file's fault.
        WriterBusy: another process writes to it.
    """
    if not database.exists():
        return None
    database.open("rb").close()
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            connection.execute("select count(*) from duckdb_tables()")
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        if "Could not set lock" in reason:
            raise WriterBusy(f"{database} is open in another process; end it ({reason})") from error
        return reason
    return None


def _as_of(warehouse: Path) -> str | None:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        if not _has_table(connection, "intermediate", "int_as_of"):
            return None
        found = connection.execute("select as_of from intermediate.int_as_of").fetchone()
    if found is None or found[0] is None:
        return None
    return run_report.timestamp(found[0].replace(tzinfo=UTC))


def _row_accounts(warehouse: Path, loads: Sequence[int]) -> tuple[RowAccount, ...]:
    query = """
        select source, entity, load_id, read, accepted, superseded, withdrawn, quarantined
        from marts.rpt_source_health
        where list_contains(?, load_id)
        order by load_id, source, entity
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        # A refused test keeps dbt from building what stands behind it.
        if not _has_table(connection, "marts", "rpt_source_health"):
            return ()
        rows = connection.execute(query, [list(loads)]).fetchall()
    return tuple(RowAccount(*row) for row in rows)


def _has_table(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> bool:
    query = """
        select count(*) from information_schema.tables
        where table_catalog = current_database() and table_schema = ? and table_name = ?
    """
    found = connection.execute(query, [schema, name]).fetchone()
    return found is not None and found[0] > 0


def _rows_in(warehouse: Path) -> int:
    query = "select coalesce(sum(estimated_size), 0) from duckdb_tables()"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0
