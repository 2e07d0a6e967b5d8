"""The `surveymonkey` source: surveys with their questions, and completed responses.

An answer names choices by their ids, which only the survey's details spell out. A response that is
edited is told by the time of its last change, and so is one that is completed days after it began.
The quota is counted by the day: what it does not bear today, the next fetch asks for.
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

SOURCE = "surveymonkey"
SCHEMA = "raw_surveymonkey"
URL = "https://api.surveymonkey.com"  # api.eu.surveymonkey.com for accounts in the EU
_SCOPES = "View Surveys, View Responses, View Response Details"
SECRETS: tuple[Secret, ...] = (
    Secret("token", f"SurveyMonkey: My Apps, Settings, access token, scopes {_SCOPES}"),
)
OPTIONS: tuple[str, ...] = ()
PROBE = "v3/surveys?per_page=1"

_PAGE = 100
# A response's time of change is written by the servers that took it; an hour bears their clocks.
_LAG = timedelta(hours=1)

Record = dict[str, Any]


def tables() -> dict[str, Table]:
    """A survey is its details, a response knows its survey."""
    return record_tables(SCHEMA, "surveys responses")


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    """The list of surveys, by which all else is asked for."""
    from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
    from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

    del span  # a survey that did not change has new responses all the same
    return {
        "client": {"base_url": account.url, "auth": BearerTokenAuth(account.secrets["token"])},
        "resources": [
            {
                "name": "survey_list",
                "endpoint": {
                    "path": "v3/surveys",
                    "params": {"per_page": _PAGE, "include": "date_modified"},
                    "data_selector": "data",
                    "paginator": JSONLinkPaginator(next_url_path="links.next"),
                },
            }
        ],
    }


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    """For each survey its details, if they have changed, and its responses that have changed."""
    return by_survey(
        resources["survey_list"],
        span,
        definitions="surveys",
        changed_at="date_modified",
        defined=lambda survey: [_asked(client, f"v3/surveys/{survey['id']}/details")],
        answered=lambda survey, since: _responses(client, survey, since=since, span=span),
        answered_at=lambda response: response.get("date_modified"),
        lag=_LAG,
    )


def _spelled(moment: datetime) -> str:
    """Filters are in UTC and bear no offset."""
    return iso(moment).removesuffix("Z")


def _responses(
    client: RESTClient, survey: str, *, since: datetime, span: Span
) -> Iterator[list[Record]]:
    """Pages of completed responses in the order of their last change.

    The page after one is asked for by the last change that was seen, not by its number: what is
    deleted meanwhile would push another response over the edge. It is counted only while all of a
    page changed in one second.
    """
    params: Record = {
        "per_page": _PAGE,
        "page": 1,
        "status": "completed",
        "sort_by": "date_modified",
        "sort_order": "ASC",
        "start_modified_at": _spelled(since),
    }
    if span.end is not None:
        params["end_modified_at"] = _spelled(span.end)
    while True:
        page = _asked(client, f"v3/surveys/{survey}/responses/bulk", params).get("data")
        if page is None:
            raise ChangedShape("data")
        if page:
            yield page
        if len(page) < _PAGE:
            return
        last = _spelled(datetime.fromisoformat(page[-1]["date_modified"]))
        params["page"] = params["page"] + 1 if last == params["start_modified_at"] else 1
        params["start_modified_at"] = last


def _asked(client: RESTClient, path: str, params: Record | None = None) -> Record:
    answer = client.get(path, params=params)
    answer.raise_for_status()
    record: Record = answer.json()
    return record
