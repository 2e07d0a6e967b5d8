"""The company's surveys as Typeform's API gives them: forms with their fields, and responses.

Staged again (dbt_project/models/staging/typeform/), they give the same answers, but for what
NOT_CARRIED names.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ingestion.contract import load_contract

# What Typeform does not give back, each with the reason.
NOT_CARRIED = {
    "survey_questions": {
        "scale_id": "only a ref that begins with the name of a scale names it",
        "is_headline": "only a ref that is the name of a scale says it",
        "driver": "Typeform has no place for it",
        "touchpoint": "Typeform has no place for it",
        "is_expectation_of": "Typeform has no place for it",
        "language": "a form has one language",
        "valid_from": "a form shows its present wording only",
        "valid_to": "a form shows its present wording only",
        "updated_at": "a form has one time of its last change",
        "is_deleted": "a field that is deleted is gone",
        "source_system": "the connection's own name",
    },
    "survey_responses": {
        "text": "beside a score it is the answer to a field of its own, <ref>_comment",
        "is_not_applicable": "a question that does not apply is passed over",
        "updated_at": "a response does not change after its submission",
        "is_deleted": "a response that is deleted is gone",
        "source_system": "the connection's own name",
    },
}
COMMENT = "_comment"

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

Row = Mapping[str, Any]
Record = dict[str, Any]


@dataclass(frozen=True)
class Export:
    """Forms by id, and the completed responses of each."""

    forms: Mapping[str, Record]
    responses: Mapping[str, list[Record]]


def export(survey_questions: Iterable[Row], survey_responses: Iterable[Row]) -> Export:
    """Turns rows with the contract's columns, as text, into what Typeform would hold.

    Of the versions of a row the last holds; withdrawn answers are gone. What a form would not let
    pass is left out: answers without a key or a time, and scores that are none of its steps.
    """
    forms = _Forms(survey_questions)
    hidden = load_contract()["survey_responses"].column_names
    found: dict[str, dict[str, Record]] = {}
    answers = {(row["response_id"], row["question_id"]): row for row in survey_responses}
    for row in answers.values():
        moment = _moment(row["responded_at"])
        if moment is None or not _is_answer(row):
            continue
        for answer in _answers(row, forms):
            of_form = found.setdefault(row["survey_id"], {})
            response = _response(row, moment, hidden=hidden)
            of_form.setdefault(row["response_id"], response)["answers"].append(answer)
    responses = {form: list(by_token.values()) for form, by_token in found.items()}
    return Export(forms.by_id, responses)


def _is_answer(row: Row) -> bool:
    has_key = all(row[name] for name in ("response_id", "survey_id", "question_id"))
    return has_key and (row.get("is_deleted") or "").lower() not in ("true", "1", "yes")


class _Forms:
    """The forms; a field that is asked for is made where there is none yet."""

    def __init__(self, questions: Iterable[Row]) -> None:
        self.by_id: dict[str, Record] = {}
        self._fields: dict[tuple[str, str], Record] = {}
        self._asked = {
            (row["survey_id"], row["question_id"]): row
            for row in questions
            if row["survey_id"] and row["question_id"]
        }
        for survey_id, question_id in self._asked:
            self.field(survey_id, question_id)

    def field(self, survey_id: str, question_id: str) -> Record:
        if (survey_id, question_id) not in self._fields:
            question = self._asked.get((survey_id, question_id), {})
            kind, properties, _ = self._shown(survey_id, question_id)
            made = {
                "id": f"{survey_id}-{question_id}",
                "ref": question_id,
                "type": kind,
                "title": question.get("wording") or question_id,
                "properties": properties,
            }
            self._fields[survey_id, question_id] = made
            self._form(survey_id, question)["fields"].append(made)
        return self._fields[survey_id, question_id]

    def steps(self, survey_id: str, question_id: str) -> range:
        """The scores that the field can give."""
        return self._shown(survey_id, question_id)[2]

    def _shown(self, survey_id: str, question_id: str) -> tuple[str, dict[str, Any], range]:
        question = self._asked.get((survey_id, question_id))
        # a question without a row in survey_questions bears the name of its scale
        scale = question_id if question is None else question["scale_id"]
        return _SCALED.get(scale, _UNSCALED)

    def _form(self, survey_id: str, question: Row) -> Record:
        changed = _moment(question.get("updated_at"))
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
            form["last_updated_at"] = max(form["last_updated_at"], _written(changed))
        return form


def _answers(row: Row, forms: _Forms) -> Iterator[Record]:
    """The answer to the question itself, and what was written beside it."""
    survey_id, question_id = row["survey_id"], row["question_id"]
    field = forms.field(survey_id, question_id)
    score = _number(row["score"])
    if score is not None and score in forms.steps(survey_id, question_id):
        if field["type"] == "yes_no":
            yield _answer(field, "boolean", score == 1)
        else:
            yield _answer(field, "number", int(score))
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
        "landed_at": _written(moment - _TIME_TO_ANSWER),
        "submitted_at": _written(moment),
        "metadata": {"user_agent": _AGENTS.get(row["device"] or "", "")},
        "hidden": {
            column: row[column]
            for column in hidden
            if column not in _IN_THE_ANSWER and row.get(column)
        },
        "answers": [],
    }


def _moment(text: str | None) -> datetime | None:
    """A time without a zone is in UTC; None for what is no time."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
