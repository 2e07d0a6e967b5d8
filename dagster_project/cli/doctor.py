"""`cx doctor`: what is wrong with this installation or this home, and how to mend it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import duckdb

from dagster_project import lock, run_report
from dagster_project.cli.outcome import DONE, USAGE
from dagster_project.connections import connections, missing_secrets
from dagster_project.console import table
from dagster_project.dagster_home import ensure_dagster_home
from dagster_project.fetch_stage import FetchOrder, ordered
from dagster_project.fingerprint import versions
from dagster_project.settings import Settings, SettingsError, hash_key, load_settings
from ingestion.systems import SYSTEMS
from publishing import serving

_OLDEST_PYTHON, _FIRST_UNTRIED = (3, 11), (3, 14)
_PARTS = ("dagster", "dagster_dbt", "dbt_common", "duckdb", "great_expectations", "pyarrow")
_LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `cure` says what to do when it is not well."""

    what: str
    is_well: bool
    found: str
    cure: str = ""


def doctor(arguments: argparse.Namespace) -> int:
    """Look at everything and report; changes nothing but what a first refresh would make."""
    settings = load_settings(arguments.home)
    if arguments.source:
        findings = [*_answers(settings, tuple(arguments.source))]
    else:
        findings = [*(look(settings) for look in LOOKS), *_sources(settings)]
    if arguments.json:
        print(json.dumps([asdict(f) for f in findings], ensure_ascii=False))
    else:
        rows = [(f.what, "well" if f.is_well else "NOT WELL", f.found, f.cure) for f in findings]
        table(["part", "state", "found", "what to do"], rows)
    return DONE if all(f.is_well for f in findings) else USAGE


def _python(settings: Settings) -> Finding:
    del settings
    is_well = _OLDEST_PYTHON <= sys.version_info[:2] < _FIRST_UNTRIED
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", is_well, found, "" if is_well else "use Python 3.11, 3.12 or 3.13")


def _installation(settings: Settings) -> Finding:
    del settings
    missing = [part for part in _PARTS if find_spec(part) is None]
    found = ", ".join(f"{name} {number}" for name, number in versions().items())
    cure = f"missing: {', '.join(missing)}; run `make setup`" if missing else ""
    return Finding("installation", not missing, found, cure)


def _home(settings: Settings) -> Finding:
    settings.home.mkdir(parents=True, exist_ok=True)
    if not os.access(settings.home, os.W_OK):
        return Finding("home", False, str(settings.home), "make it writable")
    ensure_dagster_home(settings.dagster)
    return Finding("home", True, str(settings.home))


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.home).free
    is_well = free >= _LEAST_FREE_BYTES
    found = f"{free / 1024**3:.1f} GiB free"
    return Finding("disk", is_well, found, "" if is_well else "free at least 2 GiB")


def _key(settings: Settings) -> Finding:
    path = settings.home / "hash.key"
    try:
        hash_key(settings)
    except SettingsError as error:
        return Finding("hash key", False, str(path), str(error))
    if not path.exists():
        return Finding("hash key", True, "from CX_HASH_KEY")
    is_well = path.stat().st_mode & 0o077 == 0
    return Finding("hash key", is_well, str(path), "" if is_well else f"run `chmod 600 {path}`")


def _inputs(settings: Settings) -> Finding:
    missing = [str(folder) for folder in settings.inputs if not folder.is_dir()]
    found = ", ".join(map(str, settings.inputs)) or "none remembered"
    cure = f"missing: {', '.join(missing)}; mount them or edit cx.toml" if missing else ""
    return Finding("inputs", not missing, found, cure)


def _writer(settings: Settings) -> Finding:
    return Finding("writer", True, lock.holder(settings.lock) or "nobody is writing")


def _raw(settings: Settings) -> Finding:
    cure = "restore it from a backup: it is the one file that cannot be rebuilt"
    loads = "select count(*) || ' loads' from ops.loads"
    return _database(settings, "raw", settings.raw, "nothing ingested yet", loads, cure)


def _warehouse(settings: Settings) -> Finding:
    cure = "run `cx refresh --full`: it is built again from raw"
    tables = "select count(*) || ' tables' from duckdb_tables()"
    return _database(settings, "warehouse", settings.warehouse, "nothing built yet", tables, cure)


def _database(
    settings: Settings, name: str, path: Path, absent: str, query: str, cure: str
) -> Finding:
    """Whether a file of the pipeline opens, and what the query tells of it."""
    if not path.exists():
        return Finding(name, True, absent)
    if lock.holder(settings.lock) is not None:
        return Finding(name, True, "being written")
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            [(told,)] = connection.execute(query).fetchall()
    except duckdb.Error as error:
        return Finding(name, False, str(error).splitlines()[0], cure)
    return Finding(name, True, str(told))


def _serving(settings: Settings) -> Finding:
    if not settings.serving.exists():
        return Finding("published", True, "nothing yet; run `cx refresh`")
    try:
        run = serving.current_run_id(settings.home)
    except serving.NoSnapshot as error:
        cure = serving.cure(settings.home)
        return Finding("published", False, str(error).removesuffix(f"; {cure}"), cure)
    return Finding("published", True, f"run {run}")


def _last_run(settings: Settings) -> Finding:
    latest = run_report.reports(settings.runs, newest=1)
    if not latest:
        return Finding("last run", True, "none yet")
    is_held = lock.holder(settings.lock) is not None
    report = latest[0] if is_held else run_report.died(latest[0])
    if report.message == run_report.DIED:
        found = f"{report.run_id} {run_report.DIED}"
        return Finding("last run", False, found, "run `cx refresh` again")
    is_well = report.status in (run_report.PUBLISHED, run_report.SKIPPED, run_report.RUNNING)
    found = f"{report.run_id} {report.status}"
    return Finding("last run", is_well, found, "" if is_well else report.message)


def _site(settings: Settings) -> Finding:
    page = settings.site / "index.html"
    if page.exists():
        return Finding("dashboards", True, str(page))
    if not settings.serving.exists():
        return Finding("dashboards", True, "nothing yet; run `cx refresh`")
    return Finding("dashboards", False, f"{page} is missing", "run `cx publish site`")


def _sources(settings: Settings) -> Iterator[Finding]:
    """Whether each connected system has what it takes to be fetched from; asks none of them."""
    try:
        accounts = connections(settings)
    except SettingsError as error:
        yield Finding("sources", False, "not readable", str(error))
        return
    for account in accounts:
        missing = missing_secrets(account)
        found = f"{account.system} at {account.url}"
        yield Finding(account.name, not missing, found, "; ".join(lack.cure for lack in missing))


def _answers(settings: Settings, names: tuple[str, ...]) -> Iterator[Finding]:
    """Whether each system that is named answers with the secrets that are set, list by list."""
    from ingestion.fetching.probing import first_pages, probe

    for account in ordered(settings, FetchOrder(names)):
        missing = missing_secrets(account)
        found = f"{account.system} at {account.url}"
        if missing:
            cure = "; ".join(lack.cure for lack in missing)
            yield Finding(account.name, False, found, cure)
            continue
        system = SYSTEMS[account.system]
        if trouble := probe(system, account):
            yield Finding(account.name, False, f"{found} does not answer as it should", trouble)
            continue
        lists = first_pages(system, account)
        refused = {name: trouble for name, trouble in lists.items() if trouble is not None}
        told = f"{found} answers for {len(lists) - len(refused)} of {len(lists)} lists"
        cure = "; ".join(f"{name}: {trouble}" for name, trouble in refused.items())
        yield Finding(account.name, not refused, told, cure or "run `cx refresh`")


LOOKS: tuple[Callable[[Settings], Finding], ...] = (
    _python,
    _installation,
    _home,
    _disk,
    _key,
    _inputs,
    _writer,
    _raw,
    _warehouse,
    _serving,
    _site,
    _last_run,
)
