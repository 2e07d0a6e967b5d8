"""The `qualtrics` source: the questions of surveys, and recorded responses.

Responses are not listed but exported: an export is ordered, asked after until it is done, and its
file is fetched. Each survey has a cursor of its own, the time at which its newest response was
recorded; who began before that and finished after it is recorded after it. What is edited or
deleted there later stays as it was recorded here.
"""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from ingestion.fetching.complaint import ChangedShape, SaidOtherwise
from ingestion.fetching.model import Connection, Secret, Span, iso, record_tables
from ingestion.model import Table
from ingestion.sources.survey.by_survey import by_survey

if TYPE_CHECKING:
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import RESTAPIConfig
    from requests import Response

SOURCE = "qualtrics"
SCHEMA = "raw_qualtrics"
URL = ""  # https://<data center>.qualtrics.com
SECRETS: tuple[Secret, ...] = (
    Secret("token", "Qualtrics: Account settings, Qualtrics IDs, API, Generate token"),
)
OPTIONS: tuple[str, ...] = ()
_API = "API/v3"
PROBE = f"{_API}/whoami"

# A response is recorded in seconds, and shown to exports in minutes; a day bears one that lagged.
_LAG = timedelta(days=1)
# How long an export is waited for, and how long between two questions after it.
_DEADLINE_SECONDS = 1800.0
_WAIT_SECONDS = 5.0
_CHUNK = 1000

Record = dict[str, Any]


def tables() -> dict[str, Table]:
    """A question and a response know their survey."""
    return record_tables(
        SCHEMA, "questions responses", questions="QuestionID", responses="responseId"
    )


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    """The list of surveys, by which all else is asked for."""
    from dlt.sources.helpers.rest_client.auth import APIKeyAuth

    del span  # the list has no filter by time
    return {
        "client": {
            "base_url": account.url,
            "auth": APIKeyAuth(name="X-API-TOKEN", api_key=account.secrets["token"]),
        },
        "resources": [
            {
                "name": "survey_list",
                "endpoint": {
                    "path": f"{_API}/surveys",
                    "data_selector": "result.elements",
                    "paginator": _by_offset(),
                },
            }
        ],
    }


def _by_offset() -> Any:
    """A paginator that takes of the next page's address the offset alone: the address may be of
    another host of Qualtrics than the one that was asked."""
    from dlt.sources.helpers.rest_client.paginators import BasePaginator
    from requests import Request

    class ByOffset(BasePaginator):
        offset: str | None = None

        def update_state(self, response: Response, data: list[Any] | None = None) -> None:
            del data
            following = response.json()["result"].get("nextPage")
            self._has_next_page = following is not None
            if following is not None:
                [offset] = parse_qs(urlsplit(following).query).get("offset", [None])
                if offset in (None, self.offset):
                    raise ChangedShape("offset that moves on")  # it would be asked without end
                self.offset = offset

        def update_request(self, request: Request) -> None:
            params: Any = request.params
            params["offset"] = self.offset

    return ByOffset()


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    """For each survey its questions, if it has changed, and its new responses."""
    return by_survey(
        resources["survey_list"],
        span,
        definitions="questions",
        changed_at="lastModified",
        defined=lambda survey: _questions(client, survey),
        answered=lambda survey, since: _exported(client, survey, since=since, span=span),
        answered_at=lambda response: response["values"].get("recordedDate"),
        lag=_LAG,
    )


def _questions(client: RESTClient, survey: Record) -> Iterator[Record]:
    """The questions of a survey, and when it was changed: they have no time of their own."""
    answer = _asked(client, f"survey-definitions/{survey['id']}/questions")
    for place, question in enumerate(_part(answer, "elements"), 1):
        yield {
            **question,
            "survey_id": survey["id"],
            "survey_last_modified": survey.get("lastModified"),
            "position": place,
        }


def _exported(
    client: RESTClient, survey: str, *, since: datetime, span: Span
) -> Iterator[list[Record]]:
    """The responses that were recorded in a span, by way of an export's file."""
    exports = f"surveys/{survey}/export-responses"
    ordered: Record = {"format": "json", "compress": True, "startDate": iso(since)}
    if span.end is not None:
        ordered["endDate"] = iso(span.end)
    started = client.post(f"{_API}/{exports}", json=ordered)
    file = _finished(client, exports, _part(_result(started), "progressId"))
    answer = client.get(f"{_API}/{exports}/{file}/file")
    answer.raise_for_status()
    responses = _part(_unpacked(answer.content), "responses")
    for first in range(0, len(responses), _CHUNK):
        chunk = responses[first : first + _CHUNK]
        yield [{**response, "survey_id": survey} for response in chunk]


def _finished(client: RESTClient, exports: str, progress: str) -> str:
    """Waits for an export and gives the id of its file."""
    from requests.exceptions import Timeout

    deadline = time.monotonic() + _DEADLINE_SECONDS
    while time.monotonic() < deadline:
        told = _asked(client, f"{exports}/{progress}")
        match _part(told, "status"):
            case "complete":
                return str(_part(told, "fileId"))
            case "failed":
                raise SaidOtherwise("failed", 500)
        time.sleep(_WAIT_SECONDS)
    raise Timeout("an export that does not end")


def _unpacked(content: bytes) -> Record:
    """The one file of an archive."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        [name] = archive.namelist()
        unpacked: Record = json.loads(archive.read(name))
    return unpacked


def _asked(client: RESTClient, path: str) -> Record:
    return _result(client.get(f"{_API}/{path}"))


def _result(response: Response) -> Record:
    response.raise_for_status()
    result: Record = _part(response.json(), "result")
    return result


def _part(answer: Record, name: str) -> Any:
    if name not in answer:
        raise ChangedShape(name)
    return answer[name]
