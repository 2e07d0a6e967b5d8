"""The company's surveys as Typeform's API gives them: forms with their fields, and responses.

Staged again (dbt_project/models/staging/typeform/), they give the same answers, but for what
`answered.NOT_CARRIED` names.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ingestion.contract import load_contract
from ingestion.sample_company.vendors.answered import (
    COMMENT,
    Questions,
    answers_held,
    score_of,
    written,
)
from ingestion.sample_company.vendors.exported import (
    Exported,
    Row,
    Rows,
    about_surveys,
    json_lines,
    without,
)

# The kind of field that shows just the steps of a scale, and the scores that it can give.
_SCALED: Mapping[str, tuple[str, dict[str, Any], range]] = {
    "nps": ("opinion_scale", {"steps": 11, "start_at_one": False}, range(11)),
    "csat": ("rating", {"steps": 5, "shape": "star"}, range(1, 6)),
    "ces": ("opinion_scale", {"steps": 7, "start_at_one": True}, range(1, 8)),
    "csat_thumbs": ("yes_no", {}, range(2)),
    "would_have_called": ("yes_no", {}, range(2)),
}
_UNSCALED: tuple[str, dict[str, Any], range] = ("long_text", {}, range(0))
_AGENTS = {
    "desktop": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/130.0",
    "mobile": "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36",
}
DEVICES: Mapping[str, str] = {agent: device for device, agent in _AGENTS.items()}
# What an answer says by itself; everything else comes with the link, in hidden fields.
_IN_THE_ANSWER = {
    *("response_id", "survey_id", "question_id", "responded_at", "score", "text", "selected"),
    *("is_not_applicable", "device", "updated_at", "is_deleted", "source_system"),
}
_TIME_TO_ANSWER = timedelta(minutes=3)

Record = dict[str, Any]


@dataclass(frozen=True)
class Export:
    """Forms by id, and the completed responses of each."""

    forms: Mapping[str, Record]
    responses: Mapping[str, list[Record]]


def exported(rows: Rows) -> Exported:
    found = export(rows["survey_questions"], rows["survey_responses"])
    responses = (
        {**response, "form_id": form}
        for form, given in found.responses.items()
        for response in given
    )
    files = json_lines({"forms": found.forms.values(), "responses": responses})
    return files, about_surveys(without(rows, "survey_responses"), "typeform")


def export(survey_questions: Iterable[Row], survey_responses: Iterable[Row]) -> Export:
    """Turns rows with the contract's columns, as text, into what Typeform would hold.

    Of the versions of a row the last holds; withdrawn answers are gone. What a form would not let
    pass is left out: answers without a key or a time, and scores that are none of its steps.
    """
    forms = _Forms(survey_questions)
    hidden = load_contract()["survey_responses"].column_names
    found: dict[str, dict[str, Record]] = {}
    for row, moment in answers_held(survey_responses):
        for answer in _answers(row, forms):
            of_form = found.setdefault(row["survey_id"], {})
            response = _response(row, moment, hidden=hidden)
            of_form.setdefault(row["response_id"], response)["answers"].append(answer)
    responses = {form: list(by_token.values()) for form, by_token in found.items()}
    return Export(forms.by_id, responses)


class _Forms:
    """The forms; a field that is asked for is made where there is none yet."""

    def __init__(self, questions: Iterable[Row]) -> None:
        self.by_id: dict[str, Record] = {}
        self._fields: dict[tuple[str, str], Record] = {}
        self._questions = Questions(questions)
        for survey_id, question_id in self._questions:
            self.field(survey_id, question_id)

    def field(self, survey_id: str, question_id: str) -> Record:
        if (survey_id, question_id) not in self._fields:
            kind, properties, _ = self._shown(survey_id, question_id)
            made = {
                "id": f"{survey_id}-{question_id}",
                "ref": question_id,
                "type": kind,
                "title": self._questions.wording(survey_id, question_id),
                "properties": properties,
            }
            self._fields[survey_id, question_id] = made
            self._form(survey_id, question_id)["fields"].append(made)
        return self._fields[survey_id, question_id]

    def steps(self, survey_id: str, question_id: str) -> range:
        """The scores that the field can give."""
        return self._shown(survey_id, question_id)[2]

    def _shown(self, survey_id: str, question_id: str) -> tuple[str, dict[str, Any], range]:
        return _SCALED.get(self._questions.scale(survey_id, question_id) or "", _UNSCALED)

    def _form(self, survey_id: str, question_id: str) -> Record:
        changed = self._questions.changed_at(survey_id, question_id)
        form = self.by_id.setdefault(
            survey_id,
            {
                "id": survey_id,
                "title": survey_id,
                "last_updated_at": "2000-01-01T00:00:00Z",
                "settings": {"language": "en"},
                "workspace": {"href": "https://api.typeform.com/workspaces/w"},
                "fields": [],
            },
        )
        if changed is not None:
            form["last_updated_at"] = max(form["last_updated_at"], written(changed))
        return form


def _answers(row: Row, forms: _Forms) -> Iterator[Record]:
    """The answer to the question itself, and what was written beside it."""
    survey_id, question_id = row["survey_id"], row["question_id"]
    field = forms.field(survey_id, question_id)
    score = score_of(row, steps=forms.steps(survey_id, question_id))
    if score is not None:
        if field["type"] == "yes_no":
            yield _answer(field, "boolean", score == 1)
        else:
            yield _answer(field, "number", score)
    if row["text"]:
        is_text = field["type"] == "long_text"
        beside = field if is_text else forms.field(survey_id, f"{question_id}{COMMENT}")
        yield _answer(beside, "text", row["text"])


def _answer(field: Record, kind: str, value: object) -> Record:
    return {
        "field": {name: field[name] for name in ("id", "ref", "type")},
        "type": kind,
        kind: value,
    }


def _response(row: Row, moment: datetime, *, hidden: Iterable[str]) -> Record:
    return {
        "landing_id": row["response_id"],
        "token": row["response_id"],
        "response_id": row["response_id"],
        "response_type": "completed",
        "landed_at": written(moment - _TIME_TO_ANSWER),
        "submitted_at": written(moment),
        "metadata": {"user_agent": _AGENTS.get(row["device"] or "", "")},
        "hidden": {
            column: row[column]
            for column in hidden
            if column not in _IN_THE_ANSWER and row.get(column)
        },
        "answers": [],
    }
