"""Simulates the company month by month and writes its exports."""

import json
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ingestion.sample_company.back_office import keep_books, open_company
from ingestion.sample_company.dirt import Batch, Spoiler
from ingestion.sample_company.files import FORMATS, append, append_parquet, parquet_schema
from ingestion.sample_company.ledger import Rows
from ingestion.sample_company.orders import take_orders
from ingestion.sample_company.people import SECOND_RECORD, SMALLEST, Members, room_for
from ingestion.sample_company.specimens import SPECIMENS
from ingestion.sample_company.support import give_support
from ingestion.sample_company.surveys import ask_after_help, hold_surveys, panel_id
from ingestion.sample_company.timeline import DEFAULT_THROUGH, Month, Plan
from ingestion.sample_company.truth import true_answers
from ingestion.sample_company.web import browse
from ingestion.sample_company.world import World

ENTITIES = tuple(SPECIMENS)
MONTHLY = ("web_events", "interactions")
"""Entities written as a folder of monthly files, so that a new month is a new file."""
TRUTH = "truth.json"


def generate(
    out: Path,
    *,
    customers: int,
    months: int,
    seed: int,
    file_format: str = "csv",
    through: date | None = None,
) -> dict[str, Any]:
    """Writes the sample company's exports into `out`; returns the true answers.

    `customers` is the number of CRM customers after `months` months that end with June 2026,
    `through` the last day to write: by default the end of that month. The same arguments give the
    same bytes; a later `through` only appends (to Parquet files in rows, to the others in bytes).
    Days after today give rows that a warehouse refuses as `future_time`.
    The true answers, also in `out/truth.json`, are described by `truth.true_answers`.

    Raises ValueError when an argument is out of range.
    """
    plan = _plan(customers, months, seed, file_format, through)
    out.mkdir(parents=True, exist_ok=True)
    for entity in ENTITIES:
        _clear(out, entity)
    world = World(
        plan=plan,
        members=Members(room_for(plan)),
        employees=max(12, customers // 500),
        accounts=max(5, customers // 150),
    )
    spoiler = Spoiler(file_format, panel=panel_id(plan.month(0)))
    with _Exports(out, file_format) as exports:
        for index in range(plan.month_count):
            month = plan.month(index)
            rows = _live(world, month)
            for entity in ENTITIES:
                batch = spoiler.spoil(entity, rows[entity], month, last_day=plan.last_day)
                exports.write(entity, month, batch)
    truth = true_answers(world, spoiler.accounts)
    truth["arguments"]["file_format"] = file_format
    text = json.dumps(truth, indent=2, ensure_ascii=False, sort_keys=False)
    (out / TRUTH).write_text(text + "\n", encoding="utf-8")
    return truth


def _plan(customers: int, months: int, seed: int, file_format: str, through: date | None) -> Plan:
    if not SMALLEST <= customers < SECOND_RECORD:
        most = SECOND_RECORD - 1
        raise ValueError(f"customers must lie between {SMALLEST} and {most}: {customers}")
    if months < 1 or months > 240:
        raise ValueError(f"months must lie between 1 and 240: {months}")
    if seed < 0:
        raise ValueError(f"seed must not be negative: {seed}")
    if file_format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}: {file_format}")
    plan = Plan(customers, months, seed, through or DEFAULT_THROUGH)
    if plan.month_count < 1:
        first = f"{plan.month(0).label}-01"
        raise ValueError(f"through must not be before the first day, {first}: {plan.through}")
    return plan


def _live(world: World, month: Month) -> dict[str, Rows]:
    """One month of the company's life: what each entity exports in it."""
    if month.index == 0:
        open_company(world, month)
    keep_books(world, month)
    orders = take_orders(world, month)
    tickets = give_support(world, month, orders)
    hold_surveys(world, month, orders, tickets)
    events, sessions = browse(world, month, orders)
    ask_after_help(world, month, sessions)
    rows = {"web_events": events}
    for entity in ENTITIES:
        if entity not in rows:
            rows[entity] = world.ledger.take(entity, month.end_day)
    return rows


def _clear(out: Path, entity: str) -> None:
    """Removes what an earlier run wrote for an entity."""
    for name in FORMATS:
        (out / f"{entity}.{name}").unlink(missing_ok=True)
    if entity in MONTHLY:
        shutil.rmtree(out / entity, ignore_errors=True)


class _Exports:
    """The files of a run. Monthly files are written beside the simulation, two at a time."""

    def __init__(self, out: Path, file_format: str) -> None:
        self._out = out
        self._format = file_format
        self._columns: dict[str, list[str]] = {}
        self._writers: dict[Path, pq.ParquetWriter] = {}
        self._pool = ThreadPoolExecutor(max_workers=2)
        self._running: list[Future[None]] = []

    def __enter__(self) -> "_Exports":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True)
        for future in self._running:
            future.result()
        for writer in self._writers.values():
            writer.close()

    def write(self, entity: str, month: Month, batch: Batch) -> None:
        """Appends a month of an entity, with the columns of its first month."""
        columns = self._columns.setdefault(entity, list(batch.table.column_names))
        if set(columns) != set(batch.table.column_names):
            raise AssertionError(f"{entity} changed its columns in {month.label}")
        path = self._path(entity, month)
        if self._format == "parquet":
            self._write_parquet(path, batch)
        elif entity in MONTHLY:
            # Two months at most wait in memory.
            while len(self._running) >= 3:
                self._running.pop(0).result()
            self._running.append(self._pool.submit(append, path, batch))
        else:
            append(path, batch)

    def _path(self, entity: str, month: Month) -> Path:
        if entity not in MONTHLY:
            return self._out / f"{entity}.{self._format}"
        (self._out / entity).mkdir(exist_ok=True)
        return self._out / entity / f"{month.label}.{self._format}"

    def _write_parquet(self, path: Path, batch: Batch) -> None:
        if path not in self._writers:
            schema = parquet_schema(batch.table)
            self._writers[path] = pq.ParquetWriter(path, schema, compression="zstd")
        append_parquet(self._writers[path], batch)
