"""The `trustpilot` source: the reviews of one business unit, as the public sees them.

The list has no filter by time: a review that its writer edits, or that the company answers, stands
where it stood. So the list is read whole, and what differs from what was read before lands. A
review that is no more in the list was deleted, or slid over the edge of a page while another one
was: it is asked for by itself, and only what is not there is told as deleted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from ingestion.fetching.complaint import ChangedShape, SuddenlyGone, require_believable
from ingestion.fetching.model import Connection, LeftOut, Secret, Span, iso, record_tables
from ingestion.model import Table

if TYPE_CHECKING:
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import RESTAPIConfig

SOURCE = "trustpilot"
SCHEMA = "raw_trustpilot"
URL = ""  # https://api.trustpilot.com/v1/business-units/<id>
SECRETS: tuple[Secret, ...] = (
    Secret("api_key", "Trustpilot: Integrations, Developers, APIs, the application's API key"),
)
OPTIONS: tuple[str, ...] = ()
PROBE = "reviews?perPage=1"

_PAGE = 100
# What makes a review another version; likes and the writer's count of reviews do not.
_VERSIONED = ("stars", "title", "text", "language", "companyReply")

Record = dict[str, Any]


def tables() -> dict[str, Table]:
    """Reviews, and the ids of those that were deleted."""
    return record_tables(SCHEMA, "reviews")


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    """The account alone: what is asked for depends on what was read before."""
    from dlt.sources.helpers.rest_client.auth import APIKeyAuth

    del span
    return {
        "client": {
            "base_url": account.url,
            "auth": APIKeyAuth(name="apikey", api_key=account.secrets["api_key"]),
        },
        "resources": [],
    }


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    import dlt

    del resources

    def reviews() -> Iterator[list[Record] | LeftOut]:
        is_backfill = span.end is not None
        seen: dict[str, str] = {} if is_backfill else dlt.current.resource_state("reviews")
        present: set[str] = set()
        for page in _pages(client, span):
            present.update(review["id"] for review in page)
            changed = [review for review in page if seen.get(review["id"]) != _version(review)]
            seen.update({review["id"]: _version(review) for review in changed})
            yield changed
        if is_backfill:
            return
        of_span = {key for key, version in seen.items() if version >= iso(span.start)}
        missed = of_span - present
        try:
            require_believable(len(missed), known=len(of_span))
        except SuddenlyGone as doubt:
            yield LeftOut("what is gone", doubt)
            return
        for key in sorted(missed):
            if not _is_there(client, key):
                del seen[key]
                yield [{"id": key, "isDeleted": True}]

    return [dlt.resource(reviews, name="reviews")]


def _version(review: Record) -> str:
    """When it was written, and what it says."""
    said = json.dumps([review.get(name) for name in _VERSIONED], sort_keys=True)
    return f"{review['createdAt']} {sha256(said.encode()).hexdigest()[:16]}"


def _pages(client: RESTClient, span: Span) -> Iterator[list[Record]]:
    """The reviews that were written within the span, the newest first."""
    start, end = iso(span.start), iso(span.end) if span.end is not None else "9999"
    params = {"orderBy": "createdat.desc", "perPage": _PAGE, "includeReportedReviews": "true"}
    number = 1
    while True:
        answer = client.get("reviews", params={**params, "page": number})
        answer.raise_for_status()
        page: list[Record] | None = answer.json().get("reviews")
        if page is None:
            raise ChangedShape("reviews")
        yield [review for review in page if start <= review["createdAt"] < end]
        if len(page) < _PAGE or page[-1]["createdAt"] < start:
            return
        number += 1


def _is_there(client: RESTClient, review: str) -> bool:
    answer = client.get(urljoin(f"{client.base_url}/", f"../../reviews/{review}"))
    if answer.status_code == 404:
        return False
    answer.raise_for_status()
    return True
