"""What the survey systems' exporters share: which answers such a system would hold, and how."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ingestion.sample_company.vendors.exported import (
    Exported,
    Row,
    Rows,
    about_surveys,
    json_lines,
    without,
)

COMMENT = "_comment"
"""What is written beside a score is the answer to a question of its own, `<question>_comment`."""

# What these systems cannot say, each with the reason.
NOT_CARRIED = {
    "survey_questions": {
        "scale_id": "only an id that begins with the name of a scale names it",
        "is_headline": "only an id that is the name of a scale says it",
        "driver": "there is no place for it",
        "touchpoint": "there is no place for it",
        "is_expectation_of": "there is no place for it",
        "language": "a survey has one language",
        "valid_from": "a survey shows its present wording only",
        "valid_to": "a survey shows its present wording only",
        "updated_at": "a survey has one time of its last change",
        "is_deleted": "a question that is deleted is gone",
        "source_system": "the connection's own name",
    },
    "survey_responses": {
        "text": "beside a score it is the answer to a question of its own",
        "is_not_applicable": "a question that does not apply is passed over",
        "updated_at": "the company's answers do not change after they are given",
        "is_deleted": "a response that is deleted is gone",
        "source_system": "the connection's own name",
    },
}


@dataclass(frozen=True)
class Export:
    """Surveys and finished responses, each by id."""

    surveys: Mapping[str, dict[str, Any]]
    responses: Mapping[str, dict[str, Any]]

    def of(self, rows: Rows, system: str) -> Exported:
        """The files of a system that holds these, and what stays with the company."""
        files = json_lines({"surveys": self.surveys.values(), "responses": self.responses.values()})
        return files, about_surveys(without(rows, "survey_responses"), system)


class Questions:
    """The questions by survey and id, as a row of survey_questions says them last."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = {
            (row["survey_id"], row["question_id"]): row
            for row in rows
            if row["survey_id"] and row["question_id"]
        }

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._rows)

    def scale(self, survey_id: str, question_id: str) -> str | None:
        """A question without a row bears the name of its scale."""
        row = self._rows.get((survey_id, question_id))
        return question_id if row is None else row["scale_id"]

    def wording(self, survey_id: str, question_id: str) -> str:
        return self._rows.get((survey_id, question_id), {}).get("wording") or question_id

    def changed_at(self, survey_id: str, question_id: str) -> datetime | None:
        return moment_of(self._rows.get((survey_id, question_id), {}).get("updated_at"))


def answers_held(rows: Iterable[Row]) -> Iterator[tuple[Row, datetime]]:
    """The last version of each answer that has a key and a time and is not withdrawn."""
    for row in {(row["response_id"], row["question_id"]): row for row in rows}.values():
        has_key = all(row[name] for name in ("response_id", "survey_id", "question_id"))
        is_withdrawn = (row.get("is_deleted") or "").lower() in ("true", "1", "yes")
        moment = moment_of(row["responded_at"])
        if moment is not None and has_key and not is_withdrawn:
            yield row, moment


def moment_of(text: str | None) -> datetime | None:
    """A time without a zone is in UTC; None for what is no time."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def score_of(row: Row, *, steps: range) -> int | None:
    """The score, if it is one of the steps that were shown."""
    try:
        score = float(row["score"] or "")
    except ValueError:
        return None
    return int(score) if score in steps else None
