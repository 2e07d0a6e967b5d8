"""SurveyMonkey for tests: surveys, their details, and responses by their last change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.contract.vendor_server import Answer, Asked, Vendor

_PARAMETERS = {
    *("per_page", "page", "status", "sort_by", "sort_order"),
    *("start_modified_at", "end_modified_at"),
}


class SurveyMonkey(Vendor):
    """Publishes no description; the rules below are those of its reference pages."""

    def __init__(self) -> None:
        super().__init__()
        self.surveys: dict[str, dict[str, Any]] = {}
        self.responses: dict[str, dict[str, Any]] = {}
        # withdrawn as soon as a first page was answered
        self.deleted_between_pages: list[str] = []

    def put_survey(self, key: str, *questions: dict[str, Any], at: str) -> None:
        """Makes or changes a survey of one page."""
        self.surveys[key] = {
            "id": key,
            "title": f"Survey {key}",
            "language": "en",
            "date_created": at,
            "date_modified": at,
            "question_count": len(questions),
            "pages": [{"id": f"{key}-1", "position": 1, "questions": list(questions)}],
        }

    def answer_survey(
        self,
        survey: str,
        key: str,
        *answers: dict[str, Any],
        at: str,
        changed: str | None = None,
        status: str = "completed",
        **more: Any,
    ) -> None:
        """Makes or changes a response; a later change leaves the time of its beginning."""
        made = self.responses.get(key, {"date_created": at})["date_created"]
        self.responses[key] = {
            "id": key,
            "survey_id": survey,
            "collector_id": "50253690",
            "recipient_id": "",
            "response_status": status,
            "custom_value": "",
            "custom_variables": {},
            "first_name": "",
            "last_name": "",
            "email_address": "",
            "ip_address": "203.0.113.9",
            "metadata": {},
            "date_created": made,
            "date_modified": changed or at,
            "pages": [{"id": f"{survey}-1", "questions": list(answers)}],
            **more,
        }

    def respond(self, asked: Asked) -> Answer:
        match asked.path.strip("/").split("/"):
            case ["v3", "surveys"]:
                return self._list(asked)
            case ["v3", "surveys", key, "details"] if key in self.surveys:
                return Answer(self.surveys[key])
            case ["v3", "surveys", key, "responses", "bulk"] if key in self.surveys:
                return self._responses(key, asked.query)
        return Answer({"error": {"id": "1020", "name": "Resource Not Found"}}, 404)

    def _list(self, asked: Asked) -> Answer:
        """A page names the next; dates only where they are asked for."""
        query = asked.query
        size, number = int(query.get("per_page", "50")), int(query.get("page", "1"))
        shown = ["id", "title", *query.get("include", "").split(",")]
        found = [
            {name: survey[name] for name in shown if name in survey}
            for survey in self.surveys.values()
        ]
        answer: dict[str, Any] = {"data": found[(number - 1) * size : number * size], "links": {}}
        if number * size < len(found):
            rest = f"per_page={size}&page={number + 1}&include={query.get('include', '')}"
            answer["links"]["next"] = f"http://{asked.headers['Host']}/v3/surveys?{rest}"
        return Answer(answer)

    def _responses(self, survey: str, query: dict[str, str]) -> Answer:
        size, number = int(query.get("per_page", "50")), int(query.get("page", "1"))
        if set(query) - _PARAMETERS or not 1 <= size <= 100:
            return Answer({"error": {"id": "1003", "name": "Bad Request"}}, 400)
        since = _moment(query.get("start_modified_at", "1970-01-01T00:00:00"))
        until = _moment(query.get("end_modified_at", "9999-12-31T00:00:00"))
        found = [
            each
            for each in self.responses.values()
            if each["survey_id"] == survey
            and each["response_status"] == query.get("status", each["response_status"])
            and since <= _moment(each["date_modified"]) <= until
        ]
        is_newest_first = query.get("sort_order", "DESC") == "DESC"
        found.sort(key=lambda each: _moment(each["date_modified"]), reverse=is_newest_first)
        for key in self.deleted_between_pages:
            del self.responses[key]
        self.deleted_between_pages = []
        page = found[(number - 1) * size : number * size]
        return Answer({"data": page, "page": number, "per_page": size, "total": len(found)})


def _moment(text: str) -> datetime:
    """Without an offset it is in UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def question(
    key: str, family: str, subtype: str, *choices: tuple[str, int | None], rows: int = 0
) -> dict[str, Any]:
    """A question; choices with their weights, whose ids tell nothing."""
    made: dict[str, Any] = {}
    if choices:
        made["choices"] = [
            {"id": f"{key}c{place}", "position": place, "text": text, "weight": weight,
             "is_na": False}
            for place, (text, weight) in enumerate(choices, start=1)
        ]  # fmt: skip
    if rows:
        made["rows"] = [{"id": f"{key}r{row}", "position": row, "text": ""}
                        for row in range(1, rows + 1)]  # fmt: skip
    return {
        "id": key,
        "family": family,
        "subtype": subtype,
        "position": 1,
        "headings": [{"heading": f"What about {key}?"}],
        "answers": made,
    }


def answer(to: dict[str, Any], *given: dict[str, Any]) -> dict[str, Any]:
    return {"id": to["id"], "answers": list(given)}


def chosen(of: dict[str, Any], text: str) -> dict[str, Any]:
    """The choice that reads so, by its id, and the row where there is one."""
    [key] = [each["id"] for each in of["answers"]["choices"] if each["text"] == text]
    rows = of["answers"].get("rows")
    return {"choice_id": key, **({"row_id": rows[0]["id"]} if rows else {})}
