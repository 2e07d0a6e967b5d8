"""The company's surveys as SurveyMonkey's API gives them: surveys with questions, and responses.

Staged again (dbt_project/models/staging/surveymonkey/), they give the same answers, but for what
`answered.NOT_CARRIED` names. What is written beside a score is the comment to its question.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ingestion.contract import load_contract
from ingestion.sample_company.vendors.answered import (
    Export,
    Questions,
    answers_held,
    score_of,
    written,
)
from ingestion.sample_company.vendors.exported import Exported, Row, Rows

# The subtype of question that shows just the steps of a scale, and the scores that it can give.
_SCALED: Mapping[str, tuple[str, str, range]] = {
    "nps": ("matrix", "rating", range(11)),
    "csat": ("matrix", "rating", range(1, 6)),
    "ces": ("matrix", "rating", range(1, 8)),
    "csat_thumbs": ("single_choice", "horizontal", range(2)),
    "would_have_called": ("single_choice", "horizontal", range(2)),
}
_UNSCALED = ("open_ended", "essay", range(0))
# What a response says by itself; everything else comes with the link, in custom variables.
_IN_THE_RESPONSE = {
    *("response_id", "survey_id", "question_id", "responded_at", "score", "text", "selected"),
    *("is_not_applicable", "updated_at", "is_deleted", "source_system"),
}

Record = dict[str, Any]


def exported(rows: Rows) -> Exported:
    found = export(rows["survey_questions"], rows.get("survey_responses", []))
    return found.of(rows, "surveymonkey")


def export(survey_questions: Iterable[Row], survey_responses: Iterable[Row]) -> Export:
    """Turns rows with the contract's columns, as text, into what SurveyMonkey would hold.

    Of the versions of a row the last holds; withdrawn answers are gone. What a survey would not let
    pass is left out: answers without a key or a time, and scores that are none of its steps.
    """
    surveys = _Surveys(survey_questions)
    columns = load_contract()["survey_responses"].column_names
    variables = [name for name in columns if name not in _IN_THE_RESPONSE]
    responses: dict[str, Record] = {}
    for row, moment in answers_held(survey_responses):
        if given := _answers(row, surveys):
            response = _response(row, moment, variables=variables)
            [page] = responses.setdefault(row["response_id"], response)["pages"]
            page["questions"].append({"id": row["question_id"], "answers": given})
    return Export(surveys.by_id, responses)


class _Surveys:
    """The surveys; a question that is answered is made where there is none yet."""

    def __init__(self, questions: Iterable[Row]) -> None:
        self.by_id: dict[str, Record] = {}
        self._asked: set[tuple[str, str]] = set()
        self._questions = Questions(questions)
        for survey_id, question_id in self._questions:
            self.ask(survey_id, question_id)

    def ask(self, survey_id: str, question_id: str) -> range:
        """The scores that the question can give."""
        scale = self._questions.scale(survey_id, question_id) or ""
        family, subtype, steps = _SCALED.get(scale, _UNSCALED)
        if (survey_id, question_id) not in self._asked:
            self._asked.add((survey_id, question_id))
            question = {
                "id": question_id,
                "family": family,
                "subtype": subtype,
                "headings": [{"heading": self._questions.wording(survey_id, question_id)}],
                "answers": {"choices": _choices(question_id, scale, steps)},
            }
            [page] = self._survey(survey_id, question_id)["pages"]
            page["questions"].append(question)
        return steps

    def _survey(self, survey_id: str, question_id: str) -> Record:
        changed = self._questions.changed_at(survey_id, question_id)
        survey = self.by_id.setdefault(
            survey_id,
            {
                "id": survey_id,
                "title": survey_id,
                "language": "en",
                "date_modified": "2000-01-01T00:00:00Z",
                "pages": [{"id": f"{survey_id}-1", "questions": []}],
            },
        )
        if changed is not None:
            survey["date_modified"] = max(survey["date_modified"], written(changed))
        return survey


def _choices(question_id: str, scale: str, steps: range) -> list[Record]:
    """The weights of a promoter question are those of its three groups."""
    return [
        {
            "id": f"{question_id}-{step}",
            "text": str(step),
            "weight": _group(step) if scale == "nps" else step,
            "is_na": False,
        }
        for step in steps
    ]


def _group(step: int) -> int:
    if step < 7:
        return -100
    return 0 if step < 9 else 100


def _answers(row: Row, surveys: _Surveys) -> list[Record]:
    """The choice, and what was written, which has an id of its own beside a choice."""
    question_id = row["question_id"]
    steps = surveys.ask(row["survey_id"], question_id)
    score = score_of(row, steps=steps)
    given: list[Record] = []
    if score is not None:
        given.append({"choice_id": f"{question_id}-{score}"})
    if row["text"]:
        other = {"other_id": f"{question_id}-other"} if steps else {}
        given.append({**other, "text": row["text"]})
    return given


def _response(row: Row, moment: datetime, *, variables: Iterable[str]) -> Record:
    return {
        "id": row["response_id"],
        "survey_id": row["survey_id"],
        "response_status": "completed",
        "custom_variables": {column: row[column] for column in variables if row.get(column)},
        "email_address": "",
        "metadata": {},
        "date_created": written(moment),
        "date_modified": written(moment),
        "pages": [{"id": f"{row['survey_id']}-1", "questions": []}],
    }
