"""The `typeform` source: forms with their questions, and completed responses.

A person lands on a form at one time and submits it at another, days later perhaps. Completed
responses are asked for, and `since` then means the time of submission: whoever landed before the
last fetch and submitted after it is not lost. Partial responses have no submission and no cursor,
and count as no answer; they stay at Typeform, and so does every word that a response was deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingestion.fetching.complaint import ChangedShape
from ingestion.fetching.model import Connection, Secret, Span, epoch_seconds, record_tables
from ingestion.model import Table
from ingestion.sources.survey.by_survey import by_survey

if TYPE_CHECKING:
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import RESTAPIConfig

SOURCE = "typeform"
SCHEMA = "raw_typeform"
URL = "https://api.typeform.com"
SECRETS: tuple[Secret, ...] = (
    Secret("token", "Typeform: Account, Personal tokens, scopes forms:read and responses:read"),
)
OPTIONS: tuple[str, ...] = ("workspace",)
PROBE = "forms?page_size=1"

_FORMS_PAGE = 200
_RESPONSES_PAGE = 1000
# Typeform shows a response up to half an hour after its submission; a day bears one that lagged.
_LAG = timedelta(days=1)

Record = dict[str, Any]


def tables() -> dict[str, Table]:
    """A form is its whole definition, a response knows its form."""
    return record_tables(SCHEMA, "forms responses", responses="token")


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    """The list of forms, by which all else is asked for; a workspace narrows it."""
    from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
    from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator

    del span  # the list has no filter by time
    params: dict[str, Any] = {"page_size": _FORMS_PAGE}
    if workspace := account.options.get("workspace"):
        params["workspace_id"] = workspace
    return {
        "client": {"base_url": account.url, "auth": BearerTokenAuth(account.secrets["token"])},
        "resources": [
            {
                "name": "form_list",
                "endpoint": {
                    "path": "forms",
                    "params": params,
                    "data_selector": "items",
                    "paginator": PageNumberPaginator(base_page=1, total_path="page_count"),
                },
            }
        ],
    }


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    """For each form its definition, if that has changed, and its new responses."""
    return by_survey(
        resources["form_list"],
        span,
        definitions="forms",
        changed_at="last_updated_at",
        defined=lambda form: [_asked(client, f"forms/{form['id']}")],
        answered=lambda form, since: _responses(client, form, since=since, span=span),
        answered_at=lambda response: response.get("submitted_at"),
        lag=_LAG,
    )


def _responses(
    client: RESTClient, form: str, *, since: datetime, span: Span
) -> Iterator[list[Record]]:
    """Pages from the newest response back: each ends before the last token of the page before."""
    params: dict[str, Any] = {
        "page_size": _RESPONSES_PAGE,
        "response_type": "completed",
        "since": epoch_seconds(since),
    }
    if span.end is not None:
        params["until"] = epoch_seconds(span.end)
    while True:
        answer = _asked(client, f"forms/{form}/responses", params)
        page = answer.get("items")
        if not isinstance(page, list):
            raise ChangedShape("items")
        if page:
            yield [{**response, "form_id": form} for response in page]
        if len(page) < _RESPONSES_PAGE:
            return
        params["before"] = page[-1]["token"]


def _asked(client: RESTClient, path: str, params: Record | None = None) -> Record:
    answer = client.get(path, params=params)
    answer.raise_for_status()
    record: Record = answer.json()
    return record
