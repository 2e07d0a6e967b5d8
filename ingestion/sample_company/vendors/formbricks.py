"""The company's surveys as Formbricks's API gives them: surveys with questions, and responses.

Staged again (dbt_project/models/staging/formbricks/), they give the same answers, but for what
`answered.NOT_CARRIED` names.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ingestion.contract import load_contract
from ingestion.sample_company.vendors.answered import (
    COMMENT,
    Export,
    Questions,
    answers_held,
    score_of,
    written,
)
from ingestion.sample_company.vendors.exported import Exported, Row, Rows

_CHOICES = [{"id": each, "label": {"default": each}} for each in ("0", "1")]
# The type of question that shows just the steps of a scale, and the scores that it can give.
_SCALED: Mapping[str, tuple[str, dict[str, Any], range]] = {
    "nps": ("nps", {}, range(11)),
    "csat": ("rating", {"scale": "star", "range": 5}, range(1, 6)),
    "ces": ("rating", {"scale": "number", "range": 7}, range(1, 8)),
    "csat_thumbs": ("multipleChoiceSingle", {"choices": _CHOICES}, range(2)),
    "would_have_called": ("multipleChoiceSingle", {"choices": _CHOICES}, range(2)),
}
_UNSCALED: tuple[str, dict[str, Any], range] = ("openText", {"inputType": "text"}, range(0))
# What a response says by itself; everything else comes with the link, in hidden fields.
_IN_THE_RESPONSE = {
    *("response_id", "survey_id", "question_id", "responded_at", "score", "text", "selected"),
    *("is_not_applicable", "device", "language", "updated_at", "is_deleted", "source_system"),
}

Record = dict[str, Any]


def exported(rows: Rows) -> Exported:
    found = export(rows["survey_questions"], rows.get("survey_responses", []))
    return found.of(rows, "formbricks")


def export(survey_questions: Iterable[Row], survey_responses: Iterable[Row]) -> Export:
    """Turns rows with the contract's columns, as text, into what Formbricks would hold.

    Of the versions of a row the last holds; withdrawn answers are gone. What a survey would not let
    pass is left out: answers without a key or a time, and scores that are none of its steps.
    """
    surveys = _Surveys(survey_questions)
    columns = load_contract()["survey_responses"].column_names
    hidden = [name for name in columns if name not in _IN_THE_RESPONSE]
    responses: dict[str, Record] = {}
    for row, moment in answers_held(survey_responses):
        if given := _answers(row, surveys):
            response = _response(row, moment, hidden=hidden)
            responses.setdefault(row["response_id"], response)["data"].update(given)
    return Export(surveys.by_id, responses)


class _Surveys:
    """The surveys; a question that is answered is made where there is none yet."""

    def __init__(self, questions: Iterable[Row]) -> None:
        self.by_id: dict[str, Record] = {}
        self._asked: dict[tuple[str, str], Record] = {}
        self._questions = Questions(questions)
        for survey_id, question_id in self._questions:
            self.question(survey_id, question_id)

    def question(self, survey_id: str, question_id: str) -> Record:
        if (survey_id, question_id) not in self._asked:
            kind, properties, _ = self._shown(survey_id, question_id)
            wording = self._questions.wording(survey_id, question_id)
            made = {
                "id": question_id,
                "type": kind,
                "headline": {"default": wording},
                **properties,
            }
            self._asked[survey_id, question_id] = made
            self._survey(survey_id, question_id)["questions"].append(made)
        return self._asked[survey_id, question_id]

    def steps(self, survey_id: str, question_id: str) -> range:
        """The scores that the question can give."""
        return self._shown(survey_id, question_id)[2]

    def _shown(self, survey_id: str, question_id: str) -> tuple[str, dict[str, Any], range]:
        return _SCALED.get(self._questions.scale(survey_id, question_id) or "", _UNSCALED)

    def _survey(self, survey_id: str, question_id: str) -> Record:
        changed = self._questions.changed_at(survey_id, question_id)
        survey = self.by_id.setdefault(
            survey_id,
            {
                "id": survey_id,
                "name": survey_id,
                "type": "link",
                "status": "inProgress",
                "createdAt": "2000-01-01T00:00:00Z",
                "updatedAt": "2000-01-01T00:00:00Z",
                "environmentId": "production",
                "languages": [],
                "questions": [],
            },
        )
        if changed is not None:
            survey["updatedAt"] = max(survey["updatedAt"], written(changed))
        return survey


def _answers(row: Row, surveys: _Surveys) -> Record:
    """The answer to the question itself, and what was written beside it."""
    survey_id, question_id = row["survey_id"], row["question_id"]
    question = surveys.question(survey_id, question_id)
    given: Record = {}
    score = score_of(row, steps=surveys.steps(survey_id, question_id))
    if score is not None:
        given[question_id] = str(score) if "choices" in question else score
    if row["text"]:
        is_text = question["type"] == "openText"
        beside = question if is_text else surveys.question(survey_id, f"{question_id}{COMMENT}")
        given[beside["id"]] = row["text"]
    return given


def _response(row: Row, moment: datetime, *, hidden: Iterable[str]) -> Record:
    return {
        "id": row["response_id"],
        "createdAt": written(moment),
        "updatedAt": written(moment),
        "finished": True,
        "surveyId": row["survey_id"],
        "contactId": None,
        "data": {column: row[column] for column in hidden if row.get(column)},
        "meta": {"userAgent": {"device": row["device"]}},
        "contactAttributes": None,
        "language": row.get("language"),
        "displayId": None,
    }
