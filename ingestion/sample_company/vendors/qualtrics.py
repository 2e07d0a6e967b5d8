"""The company's surveys as Qualtrics' API gives them: questions, and recorded responses.

They are made of what Typeform would hold, whose fields show the same scales. What a response
cannot say stays with the company: an answer with a text beside its score, that does not apply, or
that says of itself what the other answers of its response do not. Staged again
(dbt_project/models/staging/qualtrics/), the answers are the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ingestion.sample_company.vendors import typeform
from ingestion.sample_company.vendors.answered import COMMENT
from ingestion.sample_company.vendors.exported import Exported, Row, Rows, about_surveys, json_lines

Record = dict[str, Any]

# Said of the answer, not of the response.
_OF_ANSWER = {
    *("question_id", "score", "text", "is_not_applicable", "updated_at", "is_deleted"),
    *("source_system", "response_id", "survey_id"),
}


def carried(
    survey_questions: Sequence[Row], survey_responses: Sequence[Row]
) -> tuple[list[Row], list[Row]]:
    """The answers that Qualtrics can hold, of each the last version, and the others."""
    versions: dict[tuple[str, str], list[Row]] = {}
    for row in survey_responses:
        versions.setdefault((row["response_id"], row["question_id"]), []).append(row)
    answered = _answered(survey_questions, [rows[-1] for rows in versions.values()])
    of_response: dict[str, Row] = {}
    held: list[Row] = []
    left: list[Row] = []
    for (response_id, question_id), rows in versions.items():
        told = {name: value for name, value in rows[-1].items() if name not in _OF_ANSWER}
        is_plain = not rows[-1].get("selected") and rows[-1]["is_not_applicable"] != "true"
        if (
            is_plain
            and (response_id, question_id) in answered
            and (response_id, f"{question_id}{COMMENT}") not in answered
            and told == of_response.setdefault(response_id, told)
        ):
            held.append(rows[-1])
        else:
            left += rows
    return held, left


def _answered(questions: Iterable[Row], responses: Iterable[Row]) -> set[tuple[str, str]]:
    """The response and field of every answer; a text beside a score answers a field of its own."""
    return {
        (response["token"], answer["field"]["ref"])
        for found in typeform.export(questions, responses).responses.values()
        for response in found
        for answer in response["answers"]
    }


def exported(rows: Rows) -> Exported:
    questions = rows["survey_questions"]
    held, others = carried(questions, rows["survey_responses"])
    files = json_lines(export(questions, held))
    return files, about_surveys({**rows, "survey_responses": others}, "qualtrics")


def export(
    survey_questions: Iterable[Row], survey_responses: Iterable[Row]
) -> dict[str, list[Record]]:
    """Qualtrics' records by resource, from answers that it can hold."""
    shown = typeform.export(survey_questions, survey_responses)
    ids = {
        field["id"]: f"QID{place}"
        for form in shown.forms.values()
        for place, field in enumerate(form["fields"], 1)
    }
    return {
        "questions": [
            {
                **_question(field, ids[field["id"]]),
                "survey_id": key,
                "survey_last_modified": form["last_updated_at"],
                "position": place,
            }
            for key, form in shown.forms.items()
            for place, field in enumerate(form["fields"], 1)
        ],
        "responses": [
            {**_response(response, ids), "survey_id": key}
            for key, found in shown.responses.items()
            for response in found
        ],
    }


def _question(field: Record, own_id: str) -> Record:
    question = {
        "QuestionID": own_id,
        "DataExportTag": field["ref"],
        "QuestionText": field["title"],
    }
    if field["type"] == "long_text":
        return {**question, "QuestionType": "TE", "Selector": "ML"}
    if field["type"] == "opinion_scale" and field["properties"]["steps"] == 11:
        return {**question, "QuestionType": "MC", "Selector": "NPS"}
    steps = _steps(field)
    return {
        **question,
        "QuestionType": "MC",
        "Selector": "SAHR",
        "Choices": {str(place): {"Display": str(step)} for place, step in enumerate(steps, 1)},
        "ChoiceOrder": [str(place) for place in range(1, len(steps) + 1)],
        "RecodeValues": {str(place): str(step) for place, step in enumerate(steps, 1)},
    }


def _steps(field: Record) -> Sequence[int]:
    if field["type"] == "yes_no":
        return (0, 1)
    return range(1, field["properties"]["steps"] + 1)


def _response(response: Record, ids: Mapping[str, str]) -> Record:
    device = typeform.DEVICES.get(response["metadata"]["user_agent"])
    values: Record = {
        "startDate": response["landed_at"],
        "endDate": response["submitted_at"],
        "recordedDate": response["submitted_at"],
        "status": 0,
        "finished": 1,
        "_recordId": response["token"],
        **response["hidden"],
        **({"device": device} if device else {}),
    }
    for answer in response["answers"]:
        own_id, value = ids[answer["field"]["id"]], answer[answer["type"]]
        if answer["type"] == "text":
            values[f"{own_id}_TEXT"] = value
        else:
            values[own_id] = int(value)
    return {"responseId": response["token"], "values": values, "labels": {}, "displayedFields": []}
