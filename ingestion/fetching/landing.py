"""One fetch of one account: dlt extracts, packages and lands records as Parquet files.

All tables are one package. When that fails, each is fetched apart, with those that stand on the
same pages, so that one that refuses leaves the others alone; when the account itself refuses, no
further one is asked for. dlt keeps a package until it has landed: a killed fetch goes on there, and
a cursor moves only with the records that it stands for.
"""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast

import dlt
import pyarrow as pa
from dlt.common import jsonpath
from dlt.common.pipeline import LoadInfo
from dlt.destinations import filesystem
from dlt.extract import DltResource
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.rest_api import rest_api_resources
from dlt.sources.rest_api.config_setup import create_auth
from dlt.sources.rest_api.typing import EndpointResource, RESTAPIConfig
from requests import Response, Session

from ingestion.fetching.complaint import ChangedShape, complaint, is_of_account, is_told_to_wait
from ingestion.fetching.cursor import CURSOR, further, marked
from ingestion.fetching.model import ApiSystem, Connection, FetchReport, LeftOut, Span
from ingestion.fetching.session import session_for
from ingestion.fetching.spool import BACKFILL, FOLDER, WORKING, forget_last_read
from ingestion.report import Refusal

Progress = Callable[[str], None]

_LANDED = "_landed"
_OFTEN = 2


@dataclass
class _Tally:
    """What came of one table: how many records, and which of its parts had to be left out."""

    records: int = 0
    left_out: list[LeftOut] = field(default_factory=list)

    def refusals(self, name: str, file: str) -> Iterator[Refusal]:
        if self.left_out:
            first = self.left_out[0]
            further = f" (and {n} more)" if (n := len(self.left_out) - 1) else ""
            told = f"left out {first.part}{further}: {complaint(first.error)}"
            yield Refusal(name, file, told)


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
    resources = _resources(system, account, span, patience=patience)
    tables = system.tables()
    packages = _packages(tables, resources, doubtful=doubtful)
    while packages:
        names = packages.pop(0)
        tallies = {name: _Tally() for name in names}
        landing = [
            _landed(
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
            reason = complaint(error)
            if _is_account_s(error, system, account, patience=patience):
                names = [*names, *(name for package in packages for name in package)]
                packages = []
            elif len(apart := _sharing_pages(names, resources)) > 1:
                packages = [*apart, *packages]
                resources = _resources(system, account, span, patience=patience)
                continue
            refused += [Refusal(name, _file(account, name), reason) for name in names]
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
    shared = _sharing_pages(names, resources)
    apart = [package for package in shared if not set(package).isdisjoint(doubtful)]
    together = [name for package in shared if package not in apart for name in package]
    return [package for package in (together, *apart) if package]


def _sharing_pages(names: Iterable[str], resources: Mapping[str, DltResource]) -> list[list[str]]:
    """The tables in their order, those together that come of the same pages."""
    packages: dict[str, list[str]] = {}
    for name in names:
        packages.setdefault(_root(resources[name]), []).append(name)
    return list(packages.values())


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


def _resources(
    system: ApiSystem, account: Connection, span: Span, *, patience: float
) -> dict[str, DltResource]:
    """Everything that the system asks for, by name."""
    session = session_for(account.url, patience=patience)
    config = system.configuration(account, span)
    config["client"] = {**config["client"], "session": session}
    for resource in config["resources"]:
        if isinstance(resource, dict):
            _require_records(resource)
            _follow(resource)
    resources = {resource.name: resource for resource in rest_api_resources(config)}
    client = _client(config, session)
    resources |= {further.name: further for further in system.attached(resources, client, span)}
    return resources


def _follow(resource: EndpointResource) -> None:
    """Has dlt go by cursors that can be read, instead of by what the records tell."""
    endpoint = cast(dict[str, Any], resource["endpoint"])
    if incremental := endpoint.get("incremental"):
        steps = resource.get("processing_steps") or []
        resource["processing_steps"] = [*steps, {"map": marked(incremental["cursor_path"])}]
        incremental["cursor_path"] = CURSOR


def _client(config: RESTAPIConfig, session: Session) -> RESTClient:
    return RESTClient(
        config["client"]["base_url"],
        headers=config["client"].get("headers"),
        auth=create_auth(config["client"].get("auth")),
        session=session,
    )


def _root(resource: DltResource) -> str:
    pipe = resource._pipe
    while pipe.parent is not None:
        pipe = pipe.parent
    return str(pipe.name)


def _require_records(resource: Mapping[str, Any]) -> None:
    """An answer without its records is a changed API, not an empty page."""
    endpoint = resource["endpoint"]
    selector = endpoint.get("data_selector")
    if selector is None:
        return
    moves_on = _once_or_twice()

    def check(response: Response, *_: object, **__: object) -> None:
        response.raise_for_status()
        if response.is_redirect:
            return  # the session follows it, or refuses to
        answer = response.json()
        found = [answer] if selector == "$" else jsonpath.find_values(selector, answer)
        if not any(isinstance(each, list) for each in found):
            raise ChangedShape("list of records" if selector == "$" else selector)
        moves_on([each for each in found if each])

    endpoint["response_actions"] = [*endpoint.get("response_actions", []), check]


def _landed(
    resource: DltResource, tally: _Tally, *, record_id: str, told: Callable[[int], None]
) -> DltResource:
    """A resource whose pages are tables of one text column; made apart from the pages, so that
    other resources can still be asked for by them."""
    name = resource.name
    moves_on = _once_or_twice()

    def as_table(page: Any) -> pa.Table | None:
        if isinstance(page, LeftOut):
            tally.left_out.append(page)
            return None
        records = page if isinstance(page, list) else [page]
        if not records:
            return None
        _without_cursors(records)
        _require_ids(records, record_id)
        texts = [_as_text(record) for record in records]
        moves_on(texts if any(record.get(record_id) for record in records) else ())
        tally.records += len(records)
        told(tally.records)
        return pa.table({"record": texts})

    resource.selected = False
    landed: DltResource = dlt.transformer(
        as_table, data_from=resource, name=f"{name}{_LANDED}", table_name=name
    )
    return landed


def _require_ids(records: list[dict[str, Any]], record_id: str) -> None:
    """One record may be broken; a page of them that bear no id would only fill the quarantine."""
    if len(records) > 1 and all(record.get(record_id) is None for record in records):
        raise ChangedShape(record_id)


def _once_or_twice() -> Callable[[Any], None]:
    """Refuses a page that comes again and again: it would be asked for without end.

    Twice a page may come where the next one is asked for by the last time of change.
    """
    seen: Counter[bytes] = Counter()

    def check(page: Any) -> None:
        if not page:
            return
        digest = blake2b(repr(page).encode(errors="replace"), digest_size=16).digest()
        seen[digest] += 1
        if seen[digest] > _OFTEN:
            raise ChangedShape("page that moves on")

    return check


def _as_text(record: Any) -> str:
    """JSON; half a sign, which some systems cut from the end of a text, is no text for anybody."""
    text = json.dumps(record, ensure_ascii=False)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _without_cursors(records: list[dict[str, Any]]) -> None:
    """Takes away what `_follow` added, once it has been looked at."""
    further(None, [record.pop(CURSOR) for record in records if CURSOR in record])


def _told(account: Connection, name: str, progress: Progress | None) -> Callable[[int], None]:
    def tell(count: int) -> None:
        if progress is not None:
            progress(f"{account.name}: {name}: {count:,} records")

    return tell


def first_pages(
    system: ApiSystem, account: Connection, *, patience: float = 1.0
) -> dict[str, str | None]:
    """Asks for the first page of each list, and keeps none; why it did not answer, or None."""
    resources = _resources(system, account, Span(account.start), patience=patience)
    troubles: dict[str, str | None] = {}
    for names in _sharing_pages(system.tables(), resources):
        pages = resources[_root(resources[names[0]])]
        try:
            next(iter(pages.add_limit(1)), None)
            troubles[names[0]] = None
        except Exception as error:  # noqa: BLE001 (whatever a network does is an answer here)
            troubles[names[0]] = complaint(error)
    return troubles


def probe(system: ApiSystem, account: Connection, *, patience: float = 1.0) -> str | None:
    """Asks the account something cheap; why it did not answer, or None."""
    config = system.configuration(account, Span(account.start))
    client = _client(config, session_for(account.url, patience=patience))
    try:
        answer = client.get(system.PROBE)
        answer.raise_for_status()
        answer.json()
    except Exception as error:  # noqa: BLE001 (whatever a network does is an answer here)
        return complaint(error)
    return None
