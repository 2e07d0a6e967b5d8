"""What a system is asked for, page by page, and how its records become tables of one text column.

A page is looked at before it is believed: an answer that is not of the shape that is known must
neither pass for an empty list, nor move a cursor, nor be asked for without end.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, cast

import dlt
import pyarrow as pa
from dlt.common import jsonpath
from dlt.extract import DltResource
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.rest_api import rest_api_resources
from dlt.sources.rest_api.config_setup import create_auth
from dlt.sources.rest_api.typing import EndpointResource, RESTAPIConfig
from requests import Response, Session

from ingestion.fetching.complaint import ChangedShape, complaint
from ingestion.fetching.cursor import CURSOR, further, marked
from ingestion.fetching.model import ApiSystem, Connection, LeftOut, Span
from ingestion.fetching.session import session_for
from ingestion.report import Refusal

_LANDED = "_landed"
_OFTEN = 20


@dataclass
class Tally:
    """What came of one table: how many records, and which of its parts had to be left out."""

    records: int = 0
    left_out: list[LeftOut] = field(default_factory=list)

    def refusals(self, name: str, file: str) -> Iterator[Refusal]:
        if self.left_out:
            first = self.left_out[0]
            further = f" (and {n} more)" if (n := len(self.left_out) - 1) else ""
            why = complaint(first.error)
            yield Refusal(name, file, f"left out {first.part}{further}: {why.told}", why.reason)


def resources_of(
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
    client = client_of(config, session)
    resources |= {further.name: further for further in system.attached(resources, client, span)}
    return resources


def _follow(resource: EndpointResource) -> None:
    """Has dlt go by cursors that can be read, instead of by what the records tell."""
    endpoint = cast(dict[str, Any], resource["endpoint"])
    if incremental := endpoint.get("incremental"):
        steps = resource.get("processing_steps") or []
        resource["processing_steps"] = [*steps, {"map": marked(incremental["cursor_path"])}]
        incremental["cursor_path"] = CURSOR


def sharing_pages(names: Iterable[str], resources: Mapping[str, DltResource]) -> list[list[str]]:
    """The tables in their order, those together that come of the same pages."""
    packages: dict[str, list[str]] = {}
    for name in names:
        packages.setdefault(root_of(resources[name]), []).append(name)
    return list(packages.values())


def client_of(config: RESTAPIConfig, session: Session) -> RESTClient:
    """What asks the account for whatever is not declared."""
    return RESTClient(
        config["client"]["base_url"],
        headers=config["client"].get("headers"),
        auth=create_auth(config["client"].get("auth")),
        session=session,
    )


def root_of(resource: DltResource) -> str:
    """The resource whose pages this one is asked for by, or its own."""
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
    moves_on = _not_endlessly()

    def check(response: Response, *_: object, **__: object) -> None:
        response.raise_for_status()
        if response.is_redirect:
            return  # the session follows it, or refuses to
        answer = response.json()
        found = [answer] if selector == "$" else jsonpath.find_values(selector, answer)
        if not any(isinstance(each, list) for each in found):
            raise ChangedShape("list of records" if selector == "$" else selector)
        moves_on(response.content if any(found) else b"")

    endpoint["response_actions"] = [*endpoint.get("response_actions", []), check]


def landed(
    resource: DltResource, tally: Tally, *, record_id: str, told: Callable[[int], None]
) -> DltResource:
    """A resource whose pages are tables of one text column; made apart from the pages, so that
    other resources can still be asked for by them."""
    name = resource.name
    moves_on = _not_endlessly()

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
        moves_on("".join(texts).encode() if any(each.get(record_id) for each in records) else b"")
        tally.records += len(records)
        told(tally.records)
        return pa.table({"record": texts})

    resource.selected = False
    tables: DltResource = dlt.transformer(
        as_table, data_from=resource, name=f"{name}{_LANDED}", table_name=name
    )
    return tables


def _require_ids(records: list[dict[str, Any]], record_id: str) -> None:
    """One record may be broken; a page of them that bear no id would only fill the quarantine."""
    if len(records) > 1 and all(record.get(record_id) is None for record in records):
        raise ChangedShape(record_id)


def _not_endlessly() -> Callable[[bytes], None]:
    """Refuses a page that comes again and again: it would be asked for without end.

    Once more one may well come: where the next is asked for by the last time of change, or where
    records move while they are read.
    """
    seen: Counter[bytes] = Counter()

    def check(page: bytes) -> None:
        if not page:
            return
        digest = blake2b(page, digest_size=16).digest()
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
