"""One fetch of one account: dlt extracts, packages and lands records as Parquet files.

All tables are one package. When that fails, each is fetched apart, with those that stand on the
same pages, so that one that refuses leaves the others alone; when the account itself refuses, no
further one is asked for. dlt keeps a package until it has landed: a killed fetch goes on there, and
a cursor moves only with the records that it stands for.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

import dlt
from dlt.common.pipeline import LoadInfo
from dlt.destinations import filesystem
from dlt.extract import DltResource
from dlt.pipeline.exceptions import PipelineStepFailed

from ingestion.fetching.complaint import complaint, is_of_account, is_told_to_wait
from ingestion.fetching.model import ApiSystem, Connection, FetchReport, Span
from ingestion.fetching.pages import Tally, landed, resources_of, sharing_pages
from ingestion.fetching.probing import probe
from ingestion.fetching.spool import BACKFILL, FOLDER, WORKING, forget_last_read
from ingestion.report import Refusal

Progress = Callable[[str], None]


def fetch(
    system: ApiSystem,
    account: Connection,
    *,
    home: Path,
    span: Span,
    doubtful: Collection[str] = (),
    patience: float = 1.0,
    on_progress: Progress | None = None,
) -> FetchReport:
    """Lands what the span asks for; raises nothing that the system or the network did.

    `doubtful` tables, which refused the last time, are fetched apart at once.
    """
    begun = time.monotonic()
    pipeline = _pipeline(account, home=home, is_backfill=span.end is not None)
    _land_pending(pipeline)
    records: dict[str, int] = {}
    refused: list[Refusal] = []
    resources = resources_of(system, account, span, patience=patience)
    tables = system.tables()
    packages = _packages(tables, resources, doubtful=doubtful)
    while packages:
        names = packages.pop(0)
        tallies = {name: Tally() for name in names}
        landing = [
            landed(
                resources[name],
                tallies[name],
                record_id=tables[name].record_id,
                told=_told(account, name, on_progress),
            )
            for name in names
        ]
        try:
            pipeline.run(landing, loader_file_format="parquet")
        except PipelineStepFailed as error:
            pipeline.abort_packages()
            why = complaint(error)
            if _is_account_s(error, system, account, patience=patience):
                names = [*names, *(name for package in packages for name in package)]
                packages = []
            elif len(apart := sharing_pages(names, resources)) > 1:
                packages = [*apart, *packages]
                resources = resources_of(system, account, span, patience=patience)
                continue
            refused += [Refusal(name, _file(account, name), why.told, why.reason) for name in names]
        else:
            for name, tally in tallies.items():
                records[name] = tally.records
                refused += tally.refusals(name, _file(account, name))
        _tidy(pipeline, home=home)
    return FetchReport(account.name, records, tuple(refused), time.monotonic() - begun)


def _file(account: Connection, name: str) -> str:
    return f"{account.name}/{name}"


def _packages(
    names: Iterable[str], resources: Mapping[str, DltResource], *, doubtful: Collection[str]
) -> list[list[str]]:
    """What is fetched together: all, but for what shares its pages with a doubtful table."""
    shared = sharing_pages(names, resources)
    apart = [package for package in shared if not set(package).isdisjoint(doubtful)]
    together = [name for package in shared if package not in apart for name in package]
    return [package for package in (together, *apart) if package]


def _is_account_s(
    error: BaseException, system: ApiSystem, account: Connection, *, patience: float
) -> bool:
    """Whether no other table would fare better: then 22 of them need not be tried in turn."""
    if is_told_to_wait(error):
        return True
    return is_of_account(error) and probe(system, account, patience=patience) is not None


def forget(account: Connection, *, home: Path) -> None:
    """Takes the cursors of an account away: the next fetch begins at its start."""
    shutil.rmtree(home / FOLDER / WORKING / account.name, ignore_errors=True)
    for copy in (home / FOLDER / account.name).glob("_dlt*"):
        shutil.rmtree(copy)
    forget_last_read(account, home=home)


def _pipeline(account: Connection, *, home: Path, is_backfill: bool) -> dlt.Pipeline:
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # it holds addresses and texts as they came
    # Table after table and page after page: else a record may land before its older version.
    dlt.config["extract.next_item_mode"] = "fifo"
    name = f"{account.name}{BACKFILL}" if is_backfill else account.name
    return dlt.pipeline(
        name,
        pipelines_dir=str(folder / WORKING),
        destination=filesystem(bucket_url=folder.as_uri()),
        dataset_name=name,
    )


def _land_pending(pipeline: dlt.Pipeline) -> None:
    """What a killed fetch had packaged; `run` would otherwise land only that."""
    if pipeline.has_pending_data:
        pipeline.normalize()
        info: LoadInfo = pipeline.load()
        info.raise_on_failed_jobs()


def _tidy(pipeline: dlt.Pipeline, *, home: Path) -> None:
    """What has landed needs no second copy, of people's data least of all, and a trace of what went
    wrong may quote what it went wrong with."""
    Path(pipeline.working_dir, "trace.pickle").unlink(missing_ok=True)
    for package in Path(pipeline.working_dir, "load", "loaded").glob("*"):
        shutil.rmtree(package)
    for line in (home / FOLDER / pipeline.dataset_name / "_dlt_loads").glob("*.jsonl"):
        line.unlink()


def _told(account: Connection, name: str, progress: Progress | None) -> Callable[[int], None]:
    def tell(count: int) -> None:
        if progress is not None:
            progress(f"{account.name}: {name}: {count:,} records")

    return tell
