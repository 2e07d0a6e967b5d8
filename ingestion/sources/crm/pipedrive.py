"""The `pipedrive` source: persons, organizations, deals, leads, activities and users.

What changed is asked for by the time of its change, page after page in the order of its id. A list
shows neither what was deleted nor what was archived: archived deals and leads are lists of their
own, and so are deals that were deleted. Of persons, organizations and activities that are gone the
feed of recent changes tells, for thirty days; of leads nothing does, so those that are listed no
more are asked for one by one. A company's own fields are keys of forty letters, and their values
numbers of options: both are read as what they are called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from ingestion.contract import load_contract
from ingestion.fetching.complaint import ChangedShape, SuddenlyGone, require_believable
from ingestion.fetching.cursor import asked_from, cursors, further, moment_of
from ingestion.fetching.model import Connection, LeftOut, Secret, Span, iso, record_tables
from ingestion.model import Table

if TYPE_CHECKING:
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import EndpointResource, RESTAPIConfig

SOURCE = "pipedrive"
SCHEMA = "raw_pipedrive"
URL = ""  # https://<company domain>.pipedrive.com
SECRETS: tuple[Secret, ...] = (
    Secret("token", "Pipedrive: Personal preferences, API, of a user who may see everything"),
)
OPTIONS: tuple[str, ...] = ()
PROBE = "api/v2/persons?limit=1"

_PAGE = 500
_LAG = timedelta(hours=1)
# So long Pipedrive keeps what was deleted.
_KEPT = timedelta(days=30)
_GONE = 404
# Table -> the kind of its fields, and the entity whose columns a company may have added. Leads have
# the fields of deals.
_FIELDS = {
    "persons": ("person", "customers"),
    "organizations": ("organization", "accounts"),
    "deals": ("deal", "leads"),
    "archived_deals": ("deal", "leads"),
    "deleted_deals": ("deal", "leads"),
    "leads": ("deal", "leads"),
    "activities": ("activity", "interactions"),
}
# Pipedrive's own fields whose values are numbers of options, by the column that they are.
_OWN = {"channel": "origin", "outcome": "outcome"}
# An item of the feed -> the table that it would stand in.
_ITEMS = {"person": "persons", "organization": "organizations", "activity": "activities"}

Record = dict[str, Any]
# The columns that the fields of a kind are, by their keys, and what their options are called.
Columns = Mapping[str, tuple[str, Mapping[str, str]]]


def tables() -> dict[str, Table]:
    """One raw table per list; `deleted_records` holds what the feed shows to be gone."""
    return record_tables(SCHEMA, " ".join([*_FIELDS, "users", "deleted_records"]))


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    from dlt.sources.helpers.rest_client.auth import APIKeyAuth

    resources: list[EndpointResource] = [
        _changed("persons", span),
        _changed("organizations", span),
        _changed("activities", span),
        _changed("deals", span),
        _changed("archived_deals", span, path="deals/archived"),
        {
            "name": "deleted_deals",
            "endpoint": {
                "path": "api/v2/deals",
                # whole: a deletion is no change that a deal bears
                "params": {"status": "deleted", "sort_by": "id", "limit": _PAGE},
                "data_selector": "data",
                "paginator": _cursor(),
            },
        },
        {
            "name": "users",
            "endpoint": {
                "path": "api/v1/users",
                "data_selector": "data",
                "paginator": "single_page",
            },
        },
    ]
    token = APIKeyAuth(name="x-api-token", api_key=account.secrets["token"], location="header")
    return {
        "client": {"base_url": account.url, "auth": token},
        "resources": list(resources),
    }


def _changed(name: str, span: Span, *, path: str = "", **params: str) -> EndpointResource:
    if span.end is not None:
        params["updated_until"] = iso(span.end)
    return {
        "name": name,
        "endpoint": {
            "path": f"api/v2/{path or name}",
            "params": {
                "updated_since": "{incremental.start_value}",
                # what changes while pages are read keeps its place
                "sort_by": "id",
                "limit": _PAGE,
                **params,
            },
            "data_selector": "data",
            "paginator": _cursor(),
            "incremental": span.incremental("update_time", lag_seconds=int(_LAG.total_seconds())),
        },
    }


def _cursor() -> Any:
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

    return JSONResponseCursorPaginator(
        cursor_path="additional_data.next_cursor", cursor_param="cursor"
    )


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    """Names the company's own fields, and brings leads and what is gone."""
    import dlt

    @cache
    def columns_of(kind: str, entity: str) -> Columns:
        return _columns(client, kind, entity)

    def naming(table: str) -> Callable[[Record], Record]:
        return lambda record: {**record, "named": _named(record, columns_of(*_FIELDS[table]))}

    def named_of(change: Record) -> Record:
        table = _ITEMS.get(change.get("item", ""))
        return _named(change["data"], columns_of(*_FIELDS[table])) if table else {}

    for table in _FIELDS.keys() & resources.keys():
        resources[table].add_map(naming(table))

    def leads() -> Iterator[list[Record] | LeftOut]:
        state, named = cursors("leads", span), naming("leads")
        listed: set[str] = set()
        for path in ("leads", "leads/archived"):
            for page in _first_version(client, path):
                listed |= {lead["id"] for lead in page if lead.get("id")}
                yield [named(lead) for lead in page]
        known = {*state.get("listed", ())}
        missed = known - listed
        try:
            require_believable(len(missed), known=len(known))
        except SuddenlyGone as doubt:
            yield LeftOut("what is gone", doubt)
            listed |= missed
        else:
            gone = [lead for lead in sorted(missed) if _is_gone(client, lead)]
            yield [{"id": lead, "is_deleted": True} for lead in gone]
        state["listed"] = sorted(listed)

    def deleted_records() -> Iterator[list[Record]]:
        state = cursors("deleted_records", span)
        since = max(asked_from(state.get("newest"), span, lag=_LAG), _now() - _KEPT)
        asked = {"items": ",".join(_ITEMS), "since_timestamp": f"{since.astimezone(UTC):%F %T}"}
        for page in _first_version(client, "recents", **asked):
            changes = [each for each in page if each.get("data") and _is_before(each, span.end)]
            yield [
                {**each, "named": named_of(each)}
                for each in changes
                if each["data"].get("active_flag") is False
            ]
            told = [each["data"].get("update_time") for each in changes]
            state["newest"] = further(state.get("newest"), told)

    return [
        dlt.resource(leads, name="leads")(),
        dlt.resource(deleted_records, name="deleted_records")(),
    ]


def _first_version(client: RESTClient, path: str, **params: str) -> Iterator[list[Record]]:
    """Pages of the API's first version, by where they start; a list without any is null."""
    start: int | None = 0
    while start is not None:
        answer = _asked(client, f"api/v1/{path}", {**params, "start": start, "limit": _PAGE})
        yield answer["data"] or []
        page = (answer["additional_data"] or {}).get("pagination")
        if page is None:
            raise ChangedShape("pagination")
        start = page["start"] + page["limit"] if page["more_items_in_collection"] else None


def _asked(client: RESTClient, path: str, params: Record) -> Record:
    response = client.get(path, params)
    response.raise_for_status()
    answer: Record = response.json()
    for part in ("data", "additional_data"):
        if part not in answer:
            raise ChangedShape(part)
    return answer


def _is_gone(client: RESTClient, lead: str) -> bool:
    """Whether a lead is really gone: what goes while pages are read pulls another one out."""
    answer = client.get(f"api/v1/leads/{lead}")
    if answer.status_code == _GONE:
        return True
    answer.raise_for_status()
    return False


def _columns(client: RESTClient, kind: str, entity: str) -> Columns:
    wanted = load_contract()[entity].column_names
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    for field in _fields(client, kind):
        if "field_code" not in field:
            raise ChangedShape("field_code")
        code, called = field["field_code"], (field.get("field_name") or "").strip().lower()
        options = {
            str(one["id"]): one["label"]
            for one in field.get("options") or []
            if {"id", "label"} <= one.keys()
        }
        if field.get("is_custom_field") and called in wanted:
            found[code] = (called, options)
        elif code in _OWN and _OWN[code] in wanted:
            found[code] = (_OWN[code], options)
    return found


def _fields(client: RESTClient, kind: str) -> Iterator[Record]:
    params: Record = {"limit": _PAGE}
    while True:
        answer = _asked(client, f"api/v2/{kind}Fields", params)
        yield from answer["data"]
        if not (after := (answer["additional_data"] or {}).get("next_cursor")):
            return
        if after == params.get("cursor"):
            raise ChangedShape("page that moves on")
        params["cursor"] = after


def _named(record: Record, columns: Columns) -> Record:
    """The values of the columns; a company's own field comes before Pipedrive's."""
    values = {**record, **(record.get("custom_fields") or {})}
    ordered = sorted(columns.items(), key=lambda each: each[0] not in _OWN)
    return {
        column: _told(values[code], options)
        for code, (column, options) in ordered
        if values.get(code) is not None
    }


def _told(value: Any, options: Mapping[str, str]) -> Any:
    """What a value is called: amounts and addresses are objects, choices numbers or lists."""
    if isinstance(value, dict):
        return value.get("value")
    if isinstance(value, list):
        return ", ".join(str(_told(each, options)) for each in value)
    return options.get(str(value), value)


def _is_before(change: Record, end: datetime | None) -> bool:
    """Whether it is of the span; a change whose time cannot be read is taken all the same."""
    moment = moment_of(change["data"].get("update_time"))
    return end is None or moment is None or moment < end


def _now() -> datetime:
    return datetime.now(UTC)
