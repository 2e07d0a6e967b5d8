"""Formbricks for tests: surveys, and responses by the time of their last change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.contract.vendor_server import TOKEN, Answer, Asked, Vendor

_LARGEST_PAGE = 250
_PARAMETERS = {
    *("surveyId", "limit", "skip", "sortBy", "order"),
    *("startDate", "endDate", "filterDateField"),
}


class Formbricks(Vendor):
    """The rules below are those of its API's reference and of its published source."""

    def __init__(self) -> None:
        super().__init__()
        self.surveys: dict[str, dict[str, Any]] = {}
        self.responses: dict[str, dict[str, Any]] = {}
        # withdrawn as soon as a first page was answered
        self.deleted_between_pages: list[str] = []

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("x-api-key") == TOKEN

    def put_survey(
        self, key: str, *questions: dict[str, Any], at: str, environment: str = "production"
    ) -> None:
        """Makes or changes a survey."""
        self.surveys[key] = {
            "id": key,
            "name": f"Survey {key}",
            "type": "link",
            "status": "inProgress",
            "createdAt": at,
            "updatedAt": at,
            "environmentId": environment,
            "languages": [{"default": True, "enabled": True, "language": {"code": "en"}}],
            "questions": list(questions),
            "hiddenFields": {"enabled": True, "fieldIds": ["order_id", "customer_id"]},
        }

    def answer_survey(
        self,
        survey: str,
        key: str,
        data: dict[str, Any],
        *,
        at: str,
        changed: str | None = None,
        is_finished: bool = True,
        **more: Any,
    ) -> None:
        """Makes or changes a response; a later change leaves the time of the first answer."""
        made = self.responses.get(key, {"createdAt": at})["createdAt"]
        self.responses[key] = {
            "id": key,
            "createdAt": made,
            "updatedAt": changed or at,
            "finished": is_finished,
            "surveyId": survey,
            "contactId": None,
            "endingId": None,
            "data": data,
            "variables": {},
            "ttc": {},
            "meta": {"userAgent": {"browser": "Firefox", "os": "Linux", "device": "desktop"}},
            "contactAttributes": None,
            "singleUseId": None,
            "language": "default",
            "displayId": None,
            **more,
        }

    def respond(self, asked: Asked) -> Answer:
        match asked.path:
            case "/api/v1/management/surveys":
                return self._list(asked.query)
            case "/api/v2/management/responses":
                return self._responses(asked.query)
        return Answer({"code": "not_found"}, 404)

    def _list(self, query: dict[str, str]) -> Answer:
        """The survey that was changed last comes first."""
        found = sorted(self.surveys.values(), key=lambda each: each["updatedAt"], reverse=True)
        first = int(query.get("offset", "0"))
        return Answer({"data": found[first : first + int(query.get("limit", "100"))]})

    def _responses(self, query: dict[str, str]) -> Answer:
        size = int(query.get("limit", "50"))
        if set(query) - _PARAMETERS or not 1 <= size <= _LARGEST_PAGE:
            return Answer({"error": {"code": 400, "message": "Bad Request"}}, 400)
        field = query.get("filterDateField", "createdAt")
        since = _moment(query.get("startDate", "1970-01-01T00:00:00Z"))
        until = _moment(query.get("endDate", "9999-12-31T00:00:00Z"))
        found = [
            each
            for each in self.responses.values()
            if each["surveyId"] == query["surveyId"] and since <= _moment(each[field]) <= until
        ]
        found.sort(
            key=lambda each: _moment(each[query.get("sortBy", "createdAt")]),
            reverse=query.get("order", "desc") == "desc",
        )
        first = int(query.get("skip", "0"))
        for key in self.deleted_between_pages:
            del self.responses[key]
        self.deleted_between_pages = []
        meta = {"total": len(found), "limit": size, "offset": first}
        return Answer({"data": found[first : first + size], "meta": meta})


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def question(key: str, kind: str, **properties: Any) -> dict[str, Any]:
    """A question with its wording in the default language."""
    return {"id": key, "type": kind, "headline": {"default": f"What about {key}?"}, **properties}


def choices(*labels: str) -> list[dict[str, Any]]:
    return [{"id": f"c{number}", "label": {"default": each}} for number, each in enumerate(labels)]
