"""Qualtrics for tests: surveys, their questions, and exports that take their time."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from typing import Any

from tests.contract.vendor_server import TOKEN, Answer, Asked, Vendor

# So few surveys to a page, so that a few surveys make several.
PAGE = 2


class Qualtrics(Vendor):
    """Publishes no description; the rules below are those of its reference pages."""

    def __init__(self) -> None:
        super().__init__()
        self.surveys: dict[str, dict[str, Any]] = {}
        self.questions: dict[str, list[dict[str, Any]]] = {}
        self.responses: dict[str, list[dict[str, Any]]] = {}
        # What an export tells of itself, request after request; at last it is complete.
        self.progress = ["inProgress", "complete"]
        self._exports: dict[str, dict[str, Any]] = {}

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("X-API-TOKEN") == TOKEN

    def put_survey(self, key: str, *questions: dict[str, Any], at: str) -> None:
        """Makes or changes a survey."""
        self.surveys[key] = {"id": key, "name": key, "lastModified": at, "isActive": True}
        self.questions[key] = list(questions)

    def record(self, survey: str, key: str, *, at: str, **values: Any) -> None:
        """A response, recorded at a time."""
        labels = values.pop("labels", {})
        told = {
            "startDate": at, "endDate": at, "status": 0, "finished": 1, "recordedDate": at,
            "_recordId": key, "distributionChannel": "email", "userLanguage": "EN", **values,
        }  # fmt: skip
        self.responses.setdefault(survey, []).append(
            {"responseId": key, "values": told, "labels": labels, "displayedFields": []}
        )

    def delete(self, survey: str, key: str) -> None:
        kept = [each for each in self.responses[survey] if each["responseId"] != key]
        self.responses[survey] = kept

    def respond(self, asked: Asked) -> Answer:
        match asked.path.removeprefix("/API/v3/").split("/"):
            case ["whoami"]:
                return _result({"userId": "UR_1"})
            case ["surveys"]:
                return self._list(int(asked.query.get("offset", "0")))
            case ["survey-definitions", key, "questions"] if key in self.surveys:
                return _result({"elements": self.questions[key], "nextPage": None})
            case ["surveys", key, "export-responses"] if key in self.surveys:
                return self._start(key, asked.body)
            case ["surveys", key, "export-responses", progress] if progress in self._exports:
                return self._tell(self._exports[progress])
            case ["surveys", key, "export-responses", file, "file"]:
                return self._file(self._exports[file.removesuffix("-file")])
        return Answer({"meta": {"httpStatus": "404 - Not Found"}}, 404)

    def _list(self, offset: int) -> Answer:
        found = list(self.surveys.values())
        following = offset + PAGE
        # the address is of another host, as a data center's is
        address = f"https://another.example.com/API/v3/surveys?offset={following}"
        return _result(
            {
                "elements": found[offset:following],
                "nextPage": address if following < len(found) else None,
            }
        )

    def _start(self, survey: str, ordered: dict[str, Any]) -> Answer:
        if ordered["format"] != "json":
            return Answer({"meta": {"httpStatus": "400 - Bad Request"}}, 400)
        progress = f"ES_{len(self._exports)}"
        self._exports[progress] = {
            **ordered, "survey": survey, "id": progress, "told": list(self.progress)
        }  # fmt: skip
        return _result({"progressId": progress, "percentComplete": 0.0, "status": "inProgress"})

    def _tell(self, export: dict[str, Any]) -> Answer:
        told = export["told"]
        status = told.pop(0) if len(told) > 1 else told[0]
        # the file is named when it is there, and not by the percentage
        file = f"{export['id']}-file" if status == "complete" else None
        return _result({"percentComplete": 100.0, "status": status, "fileId": file})

    def _file(self, export: dict[str, Any]) -> Answer:
        start = datetime.fromisoformat(export["startDate"])
        end = datetime.fromisoformat(export.get("endDate", "9999-01-01T00:00:00Z"))
        found = [
            each
            for each in self.responses.get(export["survey"], [])
            if start <= datetime.fromisoformat(each["values"]["recordedDate"]) < end
        ]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("Survey.json", json.dumps({"responses": found}))
        return Answer(packed.getvalue())


def _result(result: dict[str, Any]) -> Answer:
    return Answer({"result": result, "meta": {"httpStatus": "200 - OK"}})


def question(
    key: str, tag: str, kind: str = "MC", selector: str = "SAVR", **further: Any
) -> dict[str, Any]:
    """A question as its definition shows it; `points` are its choices as {recoded: label}."""
    points: dict[Any, str] = further.pop("points", {})
    ids = [str(place) for place in range(1, len(points) + 1)]
    return {
        "QuestionID": key,
        "DataExportTag": tag,
        "QuestionType": kind,
        "Selector": selector,
        "SubSelector": "TX",
        "QuestionText": f"<b>What</b> about&nbsp;{tag}?",
        "Choices": {
            own: {"Display": label} for own, label in zip(ids, points.values(), strict=True)
        },
        "ChoiceOrder": ids,
        "RecodeValues": {own: str(value) for own, value in zip(ids, points, strict=True)},
        **further,
    }
