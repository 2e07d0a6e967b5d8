"""The `freshdesk` source: tickets with what was said in them, people, satisfaction ratings.

A list ends at its three hundredth page, and a ticket that changes while pages are read moves to the
list's end and pulls another one out of the next page. So each page begins a second before the last
change of the page before, and page numbers count only what changed within one second. Deleted
tickets and spam are lists of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingestion.fetching.complaint import ChangedShape
from ingestion.fetching.model import Connection, Secret, Span, iso, record_tables
from ingestion.model import Table

if TYPE_CHECKING:
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import EndpointResource, RESTAPIConfig

SOURCE = "freshdesk"
SCHEMA = "raw_freshdesk"
URL = ""  # https://<subdomain>.freshdesk.com
SECRETS: tuple[Secret, ...] = (
    Secret("key", "Freshdesk: Profile settings, View API key, of an administrator"),
)
OPTIONS: tuple[str, ...] = ()
PROBE = "api/v2/agents/me"

_PAGE = 100
_LAST_PAGE = 300
_LAG_SECONDS = 3600
# Ratings are listed from when they were given on, and may be changed later.
_RATING_LAG_SECONDS = 30 * 24 * 3600
_SECOND = timedelta(seconds=1)
_GONE = 404

Record = dict[str, Any]


def tables() -> dict[str, Table]:
    """A ticket holds its first message, `conversations` what was said after it."""
    names = (
        "tickets deleted_tickets spam_tickets conversations satisfaction_ratings surveys "
        "contacts deleted_contacts companies agents groups"
    )
    return record_tables(SCHEMA, names)


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    from dlt.sources.helpers.rest_client.auth import HttpBasicAuth

    resources: list[EndpointResource] = [
        _tickets("tickets", span),
        _tickets("deleted_tickets", span, filter="deleted"),
        _tickets("spam_tickets", span, filter="spam"),
        _since("satisfaction_ratings", "surveys/satisfaction_ratings", "created_since", span),
        _since("contacts", "contacts", "_updated_since", span),
        _since("deleted_contacts", "contacts", "_updated_since", span, state="deleted"),
        *(_listed(name) for name in ("surveys", "companies", "agents", "groups")),
    ]
    return {
        # the password is not looked at, yet there has to be one
        "client": {"base_url": account.url, "auth": HttpBasicAuth(account.secrets["key"], "X")},
        "resources": list(resources),
    }


def _tickets(name: str, span: Span, **params: str) -> EndpointResource:
    return {
        "name": name,
        "endpoint": {
            "path": "api/v2/tickets",
            "params": {
                "updated_since": "{incremental.start_value}",
                "order_by": "updated_at",
                "order_type": "asc",
                "include": "stats,description",
                "per_page": _PAGE,
                **params,
            },
            "data_selector": "$",
            "paginator": _behind_last_change(),
            "incremental": span.incremental("updated_at", lag_seconds=_LAG_SECONDS),
        },
    }


def _behind_last_change() -> Any:
    """A paginator that asks for what changed from the last change of a page on."""
    from dlt.sources.helpers.rest_client.paginators import BasePaginator
    from requests import Request, Response

    class BehindLastChange(BasePaginator):
        since = ""
        page = 1

        def init_request(self, request: Request) -> None:
            params: Any = request.params
            self.since, self.page = params["updated_since"], 1

        def update_state(self, response: Response, data: list[Any] | None = None) -> None:
            del data  # what dlt left of the page
            page = response.json()
            self._has_next_page = len(page) == _PAGE
            if not self._has_next_page:
                return
            last = iso(datetime.fromisoformat(page[-1]["updated_at"]) - _SECOND)
            if datetime.fromisoformat(last) > datetime.fromisoformat(self.since):
                self.since, self.page = last, 1
            else:
                self.page += 1
            if self.page > _LAST_PAGE:
                raise ChangedShape("end: 30,000 tickets changed in one second")

        def update_request(self, request: Request) -> None:
            params: Any = request.params
            params |= {"updated_since": self.since, "page": self.page}

    return BehindLastChange()


def _since(name: str, path: str, start: str, span: Span, **params: str) -> EndpointResource:
    is_rating = start == "created_since"
    return {
        "name": name,
        "endpoint": {
            "path": f"api/v2/{path}",
            "params": {start: "{incremental.start_value}", "per_page": _PAGE, **params},
            "data_selector": "$",
            "paginator": _pages(),
            "incremental": span.incremental(
                "created_at" if is_rating else "updated_at",
                lag_seconds=_RATING_LAG_SECONDS if is_rating else _LAG_SECONDS,
            ),
        },
    }


def _listed(name: str) -> EndpointResource:
    """A short list that cannot be asked for changes: it is read whole."""
    return {
        "name": name,
        "endpoint": {
            "path": f"api/v2/{name}",
            "params": {"per_page": _PAGE},
            "data_selector": "$",
            "paginator": _pages(),
        },
    }


def _pages() -> Any:
    from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator

    return PageNumberPaginator(base_page=1, total_path=None)


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    """For each ticket that changed, what was said in it; one deleted since is passed over."""
    import dlt

    del span  # the pages are of the span already

    def conversations(page: list[Record]) -> Iterator[list[Record]]:
        for ticket in page:
            yield from _said(client, f"api/v2/tickets/{ticket['id']}/conversations")

    return [
        dlt.transformer(conversations, data_from=resources["tickets"], name="conversations"),
    ]


def _said(client: RESTClient, path: str) -> Iterator[list[Record]]:
    number = 1
    while True:
        answer = client.get(path, {"per_page": _PAGE, "page": number})
        if answer.status_code == _GONE:
            return
        answer.raise_for_status()
        page: list[Record] = answer.json()
        if page:
            yield page
        if len(page) < _PAGE:
            return
        number += 1
