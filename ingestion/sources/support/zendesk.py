"""The `zendesk` source: tickets and what happened to them, users, organizations, ratings.

What changed is exported from a moment on, page after page up to a minute ago: a request for the
last minute is refused. A page's cursor is opaque and the last page has one too: only
`end_of_stream` says that it is the last. The records at the boundary of two fetches come twice.
A ticket's own `updated_at` stands still when the system changes it (a deletion does); its
`generated_timestamp` moves, and is what the export goes by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from ingestion.fetching.complaint import ChangedShape
from ingestion.fetching.model import Connection, Secret, Span, epoch_seconds, record_tables
from ingestion.model import Table
from ingestion.sources.client_credentials import client_credentials

if TYPE_CHECKING:
    from dlt.common.configuration.specs import CredentialsConfiguration
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import EndpointResource, RESTAPIConfig

SOURCE = "zendesk"
SCHEMA = "raw_zendesk"
URL = ""  # https://<subdomain>.zendesk.com
_APIS = "Zendesk: Admin Center, Apps and integrations, APIs"
_CLIENT = f"{_APIS}, OAuth clients, a confidential one that an administrator made"
# Crosswise, so that half of one pair with half of the other is not taken for enough.
SECRETS: tuple[Secret, ...] = (
    Secret("client_id", f"{_CLIENT}: its identifier", unless="token"),
    Secret("client_secret", f"{_CLIENT}: its secret", unless="email"),
    Secret("email", "or, until 2027-04-30: the address of an administrator", unless="client_id"),
    Secret("token", f"{_APIS}, API tokens: one of before 2026-10-27", unless="client_secret"),
)
OPTIONS: tuple[str, ...] = ()
# Open to administrators alone, as the exports are.
PROBE = "api/v2/incremental/users/cursor.json?start_time=1&per_page=1"

_PAGE = 100
# An export ends a minute ago, complete; an hour bears clocks that differ.
_LAG_SECONDS = 3600
# Ratings are found by when they were offered, and given weeks later.
_RATING_LAG_SECONDS = 30 * 24 * 3600
_NOT_YET_EXPORTED = timedelta(seconds=120)
_TOKEN_SECONDS = 1800


def tables() -> dict[str, Table]:
    """One raw table per resource. `ticket_events` holds changes of state and what was written."""
    names = "tickets users ticket_events organizations satisfaction_ratings groups ticket_fields"
    return record_tables(SCHEMA, names)


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    resources: list[EndpointResource] = [
        _exported(
            "tickets", span, by_cursor=True, changed="generated_timestamp", include="metric_sets"
        ),
        _exported("users", span, by_cursor=True, changed="updated_at"),
        _exported(
            "ticket_events", span, by_cursor=False, changed="timestamp", include="comment_events"
        ),
        _exported("organizations", span, by_cursor=False, changed="updated_at"),
        _ratings(span),
        _listed("groups", exclude_deleted="false"),
        _listed("ticket_fields"),
    ]
    return {
        "client": {"base_url": account.url, "auth": cast(Any, _auth(account))},
        "resources": list(resources),
    }


def _auth(account: Connection) -> CredentialsConfiguration:
    """An administrator's address with a token, or what makes tokens of a client's id and secret."""
    from dlt.sources.helpers.rest_client.auth import HttpBasicAuth

    if account.secrets.keys() >= {"email", "token"}:
        return HttpBasicAuth(f"{account.secrets['email']}/token", account.secrets["token"])
    return client_credentials(account, "oauth/tokens", lasts=_TOKEN_SECONDS, scope="read")


def _exported(
    name: str, span: Span, *, by_cursor: bool, changed: str, **params: str
) -> EndpointResource:
    """Everything that changed from a moment on, in the order of its last change."""
    return {
        "name": name,
        "endpoint": {
            "path": f"api/v2/incremental/{name}{'/cursor' if by_cursor else ''}.json",
            "params": {"start_time": "{incremental.start_value}", **params},
            "data_selector": name,
            "paginator": _until_end_of_stream(by_cursor=by_cursor),
            "incremental": span.incremental(changed, lag_seconds=_LAG_SECONDS, convert=_exportable),
        },
    }


def _exportable(cursor: str) -> int:
    return min(epoch_seconds(cursor), epoch_seconds(datetime.now(UTC) - _NOT_YET_EXPORTED))


def _until_end_of_stream(*, by_cursor: bool) -> Any:
    """A paginator that asks on with what an answer ends at, until the stream ends."""
    from dlt.sources.helpers.rest_client.paginators import BasePaginator
    from requests import Request, Response

    class UntilEndOfStream(BasePaginator):
        reached: Any = None

        def update_state(self, response: Response, data: list[Any] | None = None) -> None:
            del data
            answer = response.json()
            end = answer.get("after_cursor" if by_cursor else "end_time")
            if "end_of_stream" not in answer:
                raise ChangedShape("end_of_stream")
            self._has_next_page = not answer["end_of_stream"]
            if self._has_next_page and end in (None, self.reached):
                raise ChangedShape("end that moves on")  # it would be asked for without end
            self.reached = end

        def update_request(self, request: Request) -> None:
            params: Any = request.params
            params.pop("start_time", None)
            params["cursor" if by_cursor else "start_time"] = self.reached

    return UntilEndOfStream()


def _ratings(span: Span) -> EndpointResource:
    return {
        "name": "satisfaction_ratings",
        "endpoint": {
            "path": "api/v2/satisfaction_ratings.json",
            "params": {"page[size]": _PAGE, "start_time": "{incremental.start_value}"},
            "data_selector": "satisfaction_ratings",
            "paginator": _while_more(),
            "incremental": span.incremental(
                "updated_at", lag_seconds=_RATING_LAG_SECONDS, convert=epoch_seconds
            ),
        },
    }


def _listed(name: str, **params: str) -> EndpointResource:
    """A short list that cannot be asked for changes: it is read whole."""
    return {
        "name": name,
        "endpoint": {
            "path": f"api/v2/{name}.json",
            "params": {"page[size]": _PAGE, **params},
            "data_selector": name,
            "paginator": _while_more(),
        },
    }


def _while_more() -> Any:
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

    return JSONResponseCursorPaginator(
        cursor_path="meta.after_cursor",
        cursor_param="page[after]",
        has_more_path="meta.has_more",
    )


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    """Nothing: comments come with the ticket's events."""
    del resources, client, span
    return []
