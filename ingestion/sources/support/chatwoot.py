"""The `chatwoot` source: conversations, what was said and done in them, ratings, people.

Conversations come by their last activity, the newest first, so a fetch ends where it meets the last
one; what changes while pages are read moves to the front and pushes records into later pages, never
out of them. A list's default shows open ones alone. Contacts have no time of change and are read
whole. A moment that is none is written 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingestion.fetching.complaint import ChangedShape
from ingestion.fetching.model import Connection, Secret, Span, epoch_seconds, record_tables
from ingestion.model import Table

if TYPE_CHECKING:
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import EndpointResource, RESTAPIConfig

SOURCE = "chatwoot"
SCHEMA = "raw_chatwoot"
URL = ""  # self-hosted, or https://app.chatwoot.com
SECRETS: tuple[Secret, ...] = (
    Secret("token", "Chatwoot: Profile settings, Access token, of an administrator"),
)
OPTIONS: tuple[str, ...] = ("account",)
PROBE = "api/v1/profile"

# The number of the only account of most installations.
_FIRST_ACCOUNT = "1"
_MESSAGES_PAGE = 100
_LAG_SECONDS = 24 * 3600
# A rating is listed by when it was first given, and may be changed for two weeks.
_RATING_LAG_SECONDS = 30 * 24 * 3600
_GONE = 404

Record = dict[str, Any]


def tables() -> dict[str, Table]:
    """`messages` and `reporting_events` bear the number of their conversation."""
    names = "conversations messages reporting_events csat_survey_responses contacts agents inboxes"
    return record_tables(SCHEMA, names)


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    from dlt.sources.helpers.rest_client.auth import APIKeyAuth

    place = f"api/v1/accounts/{account.options.get('account', _FIRST_ACCOUNT)}"
    resources: list[EndpointResource] = [
        _conversations(place, span),
        _ratings(place, span),
        {
            "name": "contacts",
            "endpoint": {
                "path": f"{place}/contacts",
                # the oldest first: who comes in while pages are read moves nobody
                "params": {"sort": "created_at", "include_contact_inboxes": "false"},
                "data_selector": "payload",
                "paginator": _until_empty(),
            },
        },
        _listed("agents", place, records="$"),
        _listed("inboxes", place, records="payload"),
    ]
    token = APIKeyAuth(name="api_access_token", api_key=account.secrets["token"], location="header")
    return {
        "client": {"base_url": account.url, "auth": token},
        "resources": list(resources),
    }


def _conversations(place: str, span: Span) -> EndpointResource:
    incremental = span.incremental("last_activity_at", lag_seconds=_LAG_SECONDS)
    incremental["row_order"] = "desc"
    return {
        "name": "conversations",
        "endpoint": {
            "path": f"{place}/conversations",
            "params": {"status": "all", "assignee_type": "all", "sort_by": "last_activity_at_desc"},
            "data_selector": "data.payload",
            "paginator": _until_empty(),
            "incremental": incremental,
        },
    }


def _ratings(place: str, span: Span) -> EndpointResource:
    # Chatwoot heeds a beginning only where there is an end.
    until = span.end or datetime.now(UTC) + timedelta(days=1)
    return {
        "name": "csat_survey_responses",
        "endpoint": {
            "path": f"{place}/csat_survey_responses",
            "params": {
                "since": "{incremental.start_value}",
                "until": epoch_seconds(until),
                "sort": "created_at",
            },
            "data_selector": "$",
            "paginator": _until_empty(),
            "incremental": span.incremental(
                "created_at", lag_seconds=_RATING_LAG_SECONDS, convert=epoch_seconds
            ),
        },
    }


def _listed(name: str, place: str, *, records: str) -> EndpointResource:
    """A short list that cannot be asked for changes: it is read whole."""
    return {
        "name": name,
        "endpoint": {
            "path": f"{place}/{name}",
            "data_selector": records,
            "paginator": "single_page",
        },
    }


def _until_empty() -> Any:
    """Pages by number; how long one is, the installation decides."""
    from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator

    return PageNumberPaginator(base_page=1, total_path=None)


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    """For each conversation that changed, all of its messages, and the times of its history."""
    import dlt

    del span  # the pages are of the span already

    def messages(page: list[Record]) -> Iterator[list[Record]]:
        for conversation in page:
            yield from _messages(client, _place_of(conversation))

    def reporting_events(page: list[Record]) -> Iterator[list[Record]]:
        for conversation in page:
            answer = client.get(f"{_place_of(conversation)}/reporting_events")
            if answer.status_code == _GONE:
                continue  # before version 4.8 Chatwoot keeps them to itself
            answer.raise_for_status()
            # they name their conversation by a number that no other list has
            yield [{**event, "conversation_id": conversation["id"]} for event in answer.json()]

    changed = resources["conversations"]
    return [
        dlt.transformer(messages, data_from=changed, name="messages"),
        dlt.transformer(reporting_events, data_from=changed, name="reporting_events"),
    ]


def _place_of(conversation: Record) -> str:
    return f"api/v1/accounts/{conversation['account_id']}/conversations/{conversation['id']}"


def _messages(client: RESTClient, conversation: str) -> Iterator[list[Record]]:
    """Pages from the first message on; without `after` only the last 20 are shown."""
    after = 0
    while True:
        answer = client.get(f"{conversation}/messages", {"after": after})
        if answer.status_code == _GONE:
            return
        answer.raise_for_status()
        if "payload" not in answer.json():
            raise ChangedShape("payload")
        page: list[Record] = answer.json()["payload"]
        if page:
            yield page
        if len(page) < _MESSAGES_PAGE:
            return
        after = max(message["id"] for message in page)
