"""What `cx status` tells of sources: how their last fetches ended, and what was not taken in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import duckdb

from dagster_project.console import table
from dagster_project.run_report import RunReport
from dagster_project.settings import Settings
from ingestion.fetches import TableFetch, last_well, read_fetches

_SECONDS = "%Y-%m-%d %H:%M:%S"
_NAMED = 4


def last_fetches(settings: Settings) -> list[TableFetch] | None:
    """The tables of all connected accounts; None where raw cannot be read just now."""
    try:
        return read_fetches(settings.raw)
    except duckdb.Error:
        return None


def print_fetches(fetches: Sequence[TableFetch] | None, *, accounts: Sequence[str]) -> None:
    """A line per account and way in which its last fetch ended; `accounts` are those of cx.toml."""
    if fetches is None:
        print("Sources    raw.duckdb cannot be read now; once nobody writes, `cx doctor` says why")
        return
    alike: dict[tuple[str, str], list[TableFetch]] = defaultdict(list)
    for fetch in fetches:
        alike[fetch.source_system, fetch.refused or "fetched"].append(fetch)
    rows = [
        (account, ended, _last_well(found), f"{found[0].asked_at:{_SECONDS}}", _tables(found))
        for (account, ended), found in alike.items()
    ]
    asked = {account for account, _ in alike}
    rows += [(name, "never asked", "never", "never", "") for name in accounts if name not in asked]
    if rows:
        table(["account", "last fetch", "last fetched well", "last asked", "tables"], rows)


def _last_well(fetches: Sequence[TableFetch]) -> str:
    moment = last_well(fetches)
    return "never" if moment is None else f"{moment:{_SECONDS}}"


def _tables(fetches: Sequence[TableFetch]) -> str:
    """Those that were refused by name, of the others how many."""
    return _first([fetch.raw_table for fetch in fetches if fetch.refused]) or str(len(fetches))


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def print_refusals(report: RunReport) -> None:
    """What a run could not take in, with what to do; what has the same cure stands together."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for refusal in report.refusals:
        alike[refusal.source, refusal.message].append(refusal.file)
    rows = [(source, _first(files), message) for (source, message), files in alike.items()]
    if rows:
        names = ["source", f"refused by run {report.run_id}", "why, and what to do"]
        table(names, rows)
