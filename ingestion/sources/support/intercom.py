"""The `intercom` source: conversations with what was said and how they were rated, and people.

A search finds what changed by the day, in the workspace's zone: after a moment means from the next
midnight on, so each search begins two days earlier and the records themselves are held against the
moment. Its cursor keeps no state and loses records that change between two pages of a list by time
of change, so the pages are in order of creation, which never changes. A search shows no messages:
each conversation that it finds is asked for by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ingestion.fetching.model import Connection, Secret, Span, epoch_seconds, record_tables
from ingestion.model import Table

if TYPE_CHECKING:
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import EndpointResource, RESTAPIConfig

SOURCE = "intercom"
SCHEMA = "raw_intercom"
URL = "https://api.intercom.io"
SECRETS: tuple[Secret, ...] = (
    Secret("token", "Intercom: Developer Hub, your app, Authentication, Access token"),
)
OPTIONS: tuple[str, ...] = ()
PROBE = "me"

_VERSION = "2.14"
_PAGE = 150
# What was just made is found minutes later; a day bears an index that broke down.
_LAG_SECONDS = 24 * 3600
# A moment counts as its day, and `>` begins with the day after that: one of 25 hours at most.
_DAYS_OF_SEARCH = 2 * 24 * 3600
_GONE = 404

Record = dict[str, Any]


def tables() -> dict[str, Table]:
    """A conversation holds its parts and its rating."""
    return record_tables(SCHEMA, "conversations contacts companies admins teams")


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    from dlt.sources.helpers.rest_client.auth import BearerTokenAuth

    resources: list[EndpointResource] = [
        _found("found_conversations", "conversations", span, records="conversations"),
        _found("contacts", "contacts", span, records="data"),
        _listed("admins", "admins", records="admins"),
        _listed("teams", "teams", records="teams"),
        {
            "name": "companies",
            "endpoint": {
                "path": "companies/scroll",
                "data_selector": "data",
                "paginator": _until_empty(),
            },
        },
    ]
    return {
        "client": {
            "base_url": account.url,
            "auth": BearerTokenAuth(account.secrets["token"]),
            "headers": {"Intercom-Version": _VERSION},
        },
        "resources": list(resources),
    }


def _found(name: str, kind: str, span: Span, *, records: str) -> EndpointResource:
    """What changed in the span, and a little more, which dlt holds against the span."""
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

    filters: list[Record] = [
        {"field": "updated_at", "operator": ">", "value": "{incremental.start_value}"}
    ]
    if span.end is not None:
        until = epoch_seconds(span.end) + _DAYS_OF_SEARCH
        filters.append({"field": "updated_at", "operator": "<", "value": str(until)})
    return {
        "name": name,
        "endpoint": {
            "path": f"{kind}/search",
            "method": "POST",
            "json": {
                "query": {"operator": "AND", "value": filters},
                "sort": {"field": "created_at", "order": "ascending"},
                "pagination": {"per_page": _PAGE},
            },
            "data_selector": records,
            "paginator": JSONResponseCursorPaginator(
                cursor_path="pages.next.starting_after",
                cursor_body_path="pagination.starting_after",
            ),
            "incremental": span.incremental(
                "updated_at",
                lag_seconds=_LAG_SECONDS,
                convert=lambda cursor: str(epoch_seconds(cursor) - _DAYS_OF_SEARCH),
            ),
        },
    }


def _listed(name: str, path: str, *, records: str) -> EndpointResource:
    """A short list that cannot be asked for changes: it is read whole."""
    return {
        "name": name,
        "endpoint": {"path": path, "data_selector": records, "paginator": "single_page"},
    }


def _until_empty() -> Any:
    """A paginator that scrolls on until a page holds nothing: the last one has a parameter too."""
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator
    from requests import Response

    class UntilEmpty(JSONResponseCursorPaginator):
        def update_state(self, response: Response, data: list[Any] | None = None) -> None:
            super().update_state(response, data)
            self._has_next_page = self._has_next_page and bool(data)

    return UntilEmpty(cursor_path="scroll_param", cursor_param="scroll_param")


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    """Each conversation that was found, whole; one that has been deleted since is passed over."""
    import dlt

    del span  # the pages are of the span already

    def conversations(page: list[Record]) -> Iterator[list[Record]]:
        for found in page:
            answer = client.get(f"conversations/{found['id']}", {"display_as": "plaintext"})
            if answer.status_code == _GONE:
                continue
            answer.raise_for_status()
            yield [answer.json()]

    return [
        dlt.transformer(
            conversations, data_from=resources["found_conversations"], name="conversations"
        )
    ]
