"""Trustpilot for tests: the public reviews of one business unit, the newest first."""

from __future__ import annotations

from typing import Any

from tests.contract.vendor_server import TOKEN, Answer, Asked, Vendor

_UNIT = "/v1/business-units/46d6a890ffa235a75b00021d"
_PARAMETERS = {"orderBy", "perPage", "page", "includeReportedReviews", "stars", "language"}


class Trustpilot(Vendor):
    """Publishes no description; the rules below are those of its reference pages."""

    unit = _UNIT

    def __init__(self) -> None:
        super().__init__()
        self.reviews: dict[str, dict[str, Any]] = {}
        # withdrawn as soon as a first page was answered
        self.deleted_between_pages: list[str] = []

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("apikey") == TOKEN

    def put(self, key: str, stars: int, *, at: str, **more: Any) -> None:
        """Writes or edits a review."""
        self.reviews[key] = {
            "id": key,
            "stars": stars,
            "title": f"Title of {key}",
            "text": f"Text of {key}",
            "language": "en",
            "createdAt": at,
            "updatedAt": None,
            "consumer": {"id": f"c-{key}", "displayName": "Ann", "numberOfReviews": 3},
            "companyReply": None,
            "isVerified": True,
            "numberOfLikes": 0,
            "status": "active",
            "reportData": None,
            **more,
        }

    def respond(self, asked: Asked) -> Answer:
        if asked.path == f"{self.unit}/reviews":
            return self._list(asked.query)
        key = asked.path.removeprefix("/v1/reviews/")
        if key in self.reviews:
            return Answer(self.reviews[key])
        return Answer({"message": "Not found"}, 404)

    def _list(self, query: dict[str, str]) -> Answer:
        """A page beyond the last is empty."""
        size = int(query.get("perPage", "20"))
        if set(query) - _PARAMETERS or not 1 <= size <= 100:
            return Answer({"message": "Bad request"}, 400)
        is_newest_first = query.get("orderBy", "createdat.desc") == "createdat.desc"
        found = sorted(
            self.reviews.values(), key=lambda each: each["createdAt"], reverse=is_newest_first
        )
        first = (int(query.get("page", "1")) - 1) * size
        for key in self.deleted_between_pages:
            del self.reviews[key]
        self.deleted_between_pages = []
        return Answer({"links": [], "reviews": found[first : first + size]})
