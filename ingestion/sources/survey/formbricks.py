"""The `formbricks` source: surveys with their questions, and responses as they now stand.

A response is made at the first answer and changed by each further one, the last of which finishes
it; so what has changed is asked for, by the time of the last change. Servers before the end of 2025
do not know that filter: they take it for the time of the first answer, and nobody is told.

Pages are counted from the start of what is asked for, and what is deleted meanwhile moves all that
follows forward, over the edge of a page. So the next page is asked for by the last change that was
seen, and counted only while all of a page changed in one moment, as after an import.
Formbricks tells of no deletion, and of who was shown a survey no more than who answered it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingestion.fetching.complaint import ChangedShape
from ingestion.fetching.model import Connection, Secret, Span, iso, record_tables
from ingestion.model import Table
from ingestion.sources.survey.by_survey import by_survey

if TYPE_CHECKING:
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import RESTAPIConfig

SOURCE = "formbricks"
SCHEMA = "raw_formbricks"
URL = "https://app.formbricks.com"  # or the company's own server
SECRETS: tuple[Secret, ...] = (
    Secret("api_key", "Formbricks: Organization settings, API keys, with the right to read"),
)
OPTIONS: tuple[str, ...] = ("environment",)
PROBE = "api/v1/management/surveys?limit=1"

_SURVEYS_PAGE = 100
_RESPONSES_PAGE = 250
# A change is stamped by one of several servers and shown when it is written; an hour bears both.
_LAG = timedelta(hours=1)

Record = dict[str, Any]


def tables() -> dict[str, Table]:
    """A survey is its whole definition, a response all its answers."""
    return record_tables(SCHEMA, "surveys responses")


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    """The list of surveys, by which responses are asked for; an environment narrows it."""
    from dlt.sources.helpers.rest_client.auth import APIKeyAuth
    from dlt.sources.helpers.rest_client.paginators import OffsetPaginator

    del span  # the list has no filter by time
    wanted = account.options.get("environment")

    def is_wanted(survey: Record) -> bool:
        # newer servers call the environment a workspace
        return not wanted or wanted in (survey.get("environmentId"), survey.get("workspaceId"))

    return {
        "client": {
            "base_url": account.url,
            "auth": APIKeyAuth(name="x-api-key", api_key=account.secrets["api_key"]),
        },
        "resources": [
            {
                "name": "survey_list",
                "endpoint": {
                    "path": "api/v1/management/surveys",
                    "data_selector": "data",
                    "paginator": OffsetPaginator(limit=_SURVEYS_PAGE, total_path=None),
                },
                "processing_steps": [{"filter": is_wanted}],
            }
        ],
    }


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    """Each survey, if it has changed, and its responses that have changed."""
    return by_survey(
        resources["survey_list"],
        span,
        definitions="surveys",
        changed_at="updatedAt",
        defined=lambda survey: [survey],
        answered=lambda survey, since: _responses(client, survey, since=since, span=span),
        answered_at=lambda response: response.get("updatedAt"),
        lag=_LAG,
    )


def _responses(
    client: RESTClient, survey: str, *, since: datetime, span: Span
) -> Iterator[list[Record]]:
    """Pages in the order of the last change."""
    params: dict[str, Any] = {
        "surveyId": survey,
        "limit": _RESPONSES_PAGE,
        "skip": 0,
        "sortBy": "updatedAt",
        "order": "asc",
        "filterDateField": "updatedAt",
        "startDate": iso(since),
    }
    if span.end is not None:
        params["endDate"] = iso(span.end)
    while True:
        answer = client.get("api/v2/management/responses", params=params)
        answer.raise_for_status()
        page: list[Record] | None = answer.json().get("data")
        if page is None:
            raise ChangedShape("data")
        if page:
            yield page
        if len(page) < _RESPONSES_PAGE:
            return
        last = page[-1]["updatedAt"]
        is_of_one_moment = last == params["startDate"]
        params["skip"] = params["skip"] + len(page) if is_of_one_moment else 0
        params["startDate"] = last
