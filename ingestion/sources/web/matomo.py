"""The `matomo` source: visits with everything done in them, from a Matomo of one's own.

Visits are asked for a day at a time: over several days Matomo reckons an offset wrongly and leaves
visits out. A visit is found by its last action, so that one which grew since it was read comes
again. The token is sent in the body of a POST, as a token for safe use demands; an address is
written to logs. What Matomo refuses it answers with 200 and the word "error".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingestion.fetching.complaint import ChangedShape
from ingestion.fetching.cursor import asked_from, cursors, further
from ingestion.fetching.model import Connection, Secret, Span, epoch_seconds, record_tables
from ingestion.model import Table

if TYPE_CHECKING:
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.auth import AuthConfigBase
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import RESTAPIConfig

SOURCE = "matomo"
SCHEMA = "raw_matomo"
URL = ""  # https://<where Matomo is>, with its folder, if it has one
SECRETS: tuple[Secret, ...] = (
    Secret("token", "Matomo: Personal, Security, Auth tokens, of a user with view access"),
)
OPTIONS: tuple[str, ...] = ("site",)
# Names of devices and systems come in the language of the token's owner unless one is asked for.
_CALL = {"module": "API", "format": "JSON", "language": "en"}
_SITES = "SitesManager.getSitesWithAtLeastViewAccess"
PROBE = f"index.php?module=API&format=JSON&method={_SITES}"

_PAGE = 500
_DAY = timedelta(days=1)
# Trackers may send what happened hours late; a visit that lasts is found by its last action.
_LAG = timedelta(days=1)

Record = dict[str, Any]


def tables() -> dict[str, Table]:
    return record_tables(SCHEMA, "visits", visits="idVisit")


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    """The sites that the token may see, by which all else is asked for; `site` names one."""
    del span  # the list has no filter by time
    only = account.options.get("site")
    return {
        "client": {"base_url": account.url, "auth": _token_in_body(account.secrets["token"])},
        "resources": [
            {
                "name": "site_list",
                "endpoint": {
                    "path": "index.php",
                    "params": {**_CALL, "method": _SITES, "filter_limit": "-1"},
                    "data_selector": "$",
                    "paginator": "single_page",
                },
                "processing_steps": [{"filter": lambda site: only in (None, str(site["idsite"]))}],
            }
        ],
    }


def _token_in_body(token: str) -> AuthConfigBase:
    """Makes of every request a POST that bears the token, and of a refusal what it is."""
    from dlt.common.configuration import configspec
    from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
    from requests import PreparedRequest, Response

    def told_as_refused(response: Response, *_: object, **__: object) -> Response:
        if response.ok and b'"result":"error"' in response.content.replace(b" ", b"")[:100]:
            response.status_code = 403
        return response

    @configspec
    class TokenInBody(BearerTokenAuth):
        def __call__(self, request: PreparedRequest) -> PreparedRequest:
            request.method = "POST"
            request.prepare_body({"token_auth": str(self.token)}, None)
            request.register_hook("response", told_as_refused)  # before any that raises
            return request

    return TokenInBody(token)


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    """For each site its visits. Each has a cursor of its own, kept by dlt with the package: a site
    that is seen for the first time is read from the start."""
    import dlt

    def visits(page: list[Record]) -> Iterator[list[Record]]:
        newest = cursors("visits", span)
        for site in page:
            key = str(site["idsite"])
            reached = newest.get(key)
            since = _since(reached, site, span)
            for found in _visits(client, key, since=since, until=span.end):
                reached = further(reached, [visit["lastActionTimestamp"] for visit in found])
                yield found
            newest[key] = reached

    return [dlt.transformer(visits, data_from=resources["site_list"], name="visits")]


def _since(reached: str | None, site: Record, span: Span) -> datetime:
    """A site has no visits before it was made."""
    if reached is not None:
        return asked_from(reached, span, lag=_LAG)
    made = datetime.fromisoformat(site["ts_created"]).replace(tzinfo=UTC) - _DAY
    return max(made, span.start)


def _visits(
    client: RESTClient, site: str, *, since: datetime, until: datetime | None
) -> Iterator[list[Record]]:
    """Pages of the visits whose last action is in the span. A day is one of the site's zone, which
    is up to a day away; visits of its edges may come twice."""
    last = until or datetime.now(UTC)
    for days in range(-1, (last.date() - since.date()).days + 2):
        day = since.date() + days * _DAY
        for page in _visits_of_day(client, site, day=day.isoformat(), since=since):
            found = [
                visit for visit in page if until is None or _last_action(visit) < until.timestamp()
            ]
            if found:
                yield found


def _last_action(visit: Record) -> int:
    if "lastActionTimestamp" not in visit:
        raise ChangedShape("lastActionTimestamp")
    return int(visit["lastActionTimestamp"])


def _visits_of_day(
    client: RESTClient, site: str, *, day: str, since: datetime
) -> Iterator[list[Record]]:
    """Newest first: a visit that grows while the pages are read moves to the front and pushes the
    others back, so that some come twice and none is left out; the one that grew is the next
    fetch's."""
    params: Record = {
        **_CALL,
        "method": "Live.getLastVisitsDetails",
        "idSite": site,
        "period": "day",
        "date": day,
        # only what is later: a second less
        "minTimestamp": epoch_seconds(since) - 1,
        "filter_limit": _PAGE,
        "filter_offset": 0,
    }
    while True:
        answer = client.get("index.php", params=params)
        answer.raise_for_status()
        page = answer.json()
        if not isinstance(page, list):
            raise ChangedShape("list of visits")
        yield page
        if len(page) < _PAGE:
            return
        params["filter_offset"] += _PAGE
