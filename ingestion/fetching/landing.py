"""One fetch of one account: dlt extracts, packages and lands records as Parquet files.

All tables are fetched in one package. When one of them refuses, the fetch begins again without it
and those that share its pages, so that the others land; when the account must wait, none is asked.
dlt keeps a package until it has landed: a killed fetch goes on there, and a cursor moves only with
the records that it stands for.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
from dlt.common import jsonpath
from dlt.common.pipeline import LoadInfo
from dlt.destinations import filesystem
from dlt.extract import DltResource
from dlt.extract.exceptions import PipeException
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.rest_api import rest_api_resources
from dlt.sources.rest_api.config_setup import create_auth
from dlt.sources.rest_api.typing import RESTAPIConfig
from requests import Response, Session

from ingestion.fetching.complaint import ChangedShape, causes, complaint
from ingestion.fetching.model import ApiSystem, Connection, FetchReport, Span
from ingestion.fetching.session import MustWait, session_for
from ingestion.fetching.spool import BACKFILL, FOLDER
from ingestion.report import Refusal

Progress = Callable[[str], None]

_WORKING = "_dlt"
_LANDED = "_landed"


def fetch(
    system: ApiSystem,
    account: Connection,
    *,
    home: Path,
    span: Span,
    patience: float = 1.0,
    on_progress: Progress | None = None,
) -> FetchReport:
    """Lands what the span asks for; raises nothing that the system or the network did."""
    begun = time.monotonic()
    pipeline = _pipeline(account, home=home, is_backfill=span.end is not None)
    _land_pending(pipeline)
    wanted = list(system.tables())
    refused: list[Refusal] = []
    records: dict[str, int] = {}
    while wanted:
        resources = _resources(system, account, span, patience=patience)
        records = dict.fromkeys(wanted, 0)
        landing = [
            _landed(resources[name], counts=records, told=_told(account, name, on_progress))
            for name in wanted
        ]
        try:
            pipeline.run(landing, loader_file_format="parquet")
            break
        except PipelineStepFailed as error:
            pipeline.abort_packages()
            gone = _sharing_pages(wanted, resources, failed=_failed_in(error))
            if any(isinstance(cause, MustWait) for cause in causes(error)):
                gone = list(wanted)  # a quota is the account's, not a table's
            reason = complaint(error)
            refused += [Refusal(name, f"{account.name}/{name}", reason) for name in gone]
            wanted = [name for name in wanted if name not in gone]
            records = {}
    return FetchReport(account.name, records, tuple(refused), time.monotonic() - begun)


def _failed_in(error: BaseException) -> str | None:
    """The resource in which an extraction failed; None where dlt does not say."""
    for cause in causes(error):
        if isinstance(cause, PipeException):
            return str(cause.pipe_name)
    return None


def _sharing_pages(
    wanted: Sequence[str], resources: Mapping[str, DltResource], *, failed: str | None
) -> list[str]:
    """The tables that stand on the same pages as the one that failed; all if it is not known."""
    by_name = {resource.name: resource for resource in resources.values()}
    name = (failed or "").removesuffix(_LANDED)
    if name not in by_name:
        return list(wanted)
    root = _root(by_name[name])
    return [table for table in wanted if _root(resources[table]) == root]


def forget(account: Connection, *, home: Path) -> None:
    """Takes cursors and landed files of an account away: the next fetch begins at its start."""
    for name in (account.name, f"{account.name}{BACKFILL}"):
        shutil.rmtree(home / FOLDER / name, ignore_errors=True)
        shutil.rmtree(home / FOLDER / _WORKING / name, ignore_errors=True)


def _pipeline(account: Connection, *, home: Path, is_backfill: bool) -> dlt.Pipeline:
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # it holds addresses and texts as they came
    name = f"{account.name}{BACKFILL}" if is_backfill else account.name
    return dlt.pipeline(
        name,
        pipelines_dir=str(folder / _WORKING),
        destination=filesystem(bucket_url=folder.as_uri()),
        dataset_name=name,
    )


def _land_pending(pipeline: dlt.Pipeline) -> None:
    """What a killed fetch had packaged; `run` would otherwise land only that."""
    if pipeline.has_pending_data:
        pipeline.normalize()
        info: LoadInfo = pipeline.load()
        info.raise_on_failed_jobs()


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
    resources = {resource.name: resource for resource in rest_api_resources(config)}
    client = _client(config, session)
    resources |= {further.name: further for further in system.attached(resources, client, span)}
    return resources


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
    if not selector or selector == "$":
        return

    def check(response: Response, *_: object, **__: object) -> None:
        response.raise_for_status()
        if response.is_redirect:
            return  # the session follows it, or refuses to
        if not jsonpath.find_values(selector, response.json()):
            raise ChangedShape(selector)

    endpoint["response_actions"] = [*endpoint.get("response_actions", []), check]


def _landed(
    resource: DltResource, *, counts: dict[str, int], told: Callable[[int], None]
) -> DltResource:
    """A resource whose pages are tables of one text column; made apart from the pages, so that
    other resources can still be asked for by them."""
    name = resource.name

    def as_table(page: Any) -> pa.Table | None:
        records = page if isinstance(page, list) else [page]
        if not records:
            return None
        counts[name] += len(records)
        told(counts[name])
        return pa.table({"record": [json.dumps(record, ensure_ascii=False) for record in records]})

    resource.selected = False
    landed: DltResource = dlt.transformer(
        as_table, data_from=resource, name=f"{name}{_LANDED}", table_name=name
    )
    return landed


def _told(account: Connection, name: str, progress: Progress | None) -> Callable[[int], None]:
    def tell(count: int) -> None:
        if progress is not None:
            progress(f"{account.name}: {name}: {count:,} records")

    return tell


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
