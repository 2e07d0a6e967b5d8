"""SurveyMonkey's surveys and responses, from what its API gives to the rows of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.pipelines import ingest
from ingestion.sources.survey import surveymonkey
from tests.contract.landed import account, fetch
from tests.contract.surveymonkey import SurveyMonkey, answer, chosen, question
from tests.contract.vendor_server import TOKEN, serve
from tests.dbt_project.building import Dbt
from tests.decisions import example

# CI builds other systems; what reads this one is held to its API in tests/contract.
pytestmark = pytest.mark.long

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONDAY, TUESDAY = "2026-01-05T08:00:00+00:00", "2026-01-06T08:00:00+00:00"
LATER = "2026-01-20T08:00:00+00:00"

PROMOTER = question(
    "q1", "matrix", "rating",
    *((f"{place}", -100 if place < 7 else 0 if place < 9 else 100) for place in range(11)),
    rows=1,
)  # fmt: skip
STARS = question("q2", "matrix", "rating", *((f"{n} stars", n) for n in range(1, 6)), rows=1)
PARTS = question("q3", "matrix", "rating", *((f"{n}", n) for n in range(1, 6)), rows=2)
WHERE = question("q4", "single_choice", "vertical", ("At home", None), ("Away", None))
WHICH = question("q5", "multiple_choice", "vertical", ("Red", None), ("Blue", None))
WHY = question("q6", "open_ended", "essay")
AGE = question("q7", "open_ended", "numerical")
WHO = question("q8", "demographic", "international")
HELLO = question("q9", "presentation", "descriptive_text")
NOT_APPLICABLE = {"id": "na", "position": 12, "text": "N/A", "weight": 0, "is_na": True}
for asked in (PROMOTER, STARS, PARTS):
    asked["answers"]["choices"].append(NOT_APPLICABLE)
WHO["answers"]["rows"] = [
    {"id": "n", "type": "name", "text": "Name"}, {"id": "e", "type": "email", "text": "Mail"},
]  # fmt: skip
DECIDED = {"promoter": PROMOTER, "rating": STARS, "choice": WHERE}
TOLD = """survey_id,question_id,scale_id,source_system,valid_from
shop,q2,csat,surveymonkey,2020-01-01
"""


def cases() -> Sequence[Sequence[str]]:
    return example("What a choice of SurveyMonkey scores")


def first(vendor: SurveyMonkey) -> None:
    """What the first fetch finds."""
    vendor.put_survey("shop", HELLO, PROMOTER, STARS, PARTS, WHERE, WHICH, WHY, AGE, WHO, at=MONDAY)
    vendor.put_survey("empty", HELLO, at=MONDAY)
    vendor.answer_survey(
        "shop", "r1",
        answer(PROMOTER, chosen(PROMOTER, "9"), {"other_id": "o", "text": "Quick."}),
        answer(STARS, chosen(STARS, "4 stars")),
        answer(PARTS, chosen(PARTS, "2"), {"row_id": "q3r2", "choice_id": "na"}),
        answer(WHERE, {"other_id": "o", "text": "On a train"}),
        answer(WHICH, chosen(WHICH, "Red"), chosen(WHICH, "Blue")),
        answer(WHY, {"text": "Kind."}), answer(AGE, {"text": "41"}),
        answer(WHO, {"row_id": "n", "text": "Ann"}, {"row_id": "e", "text": "ann@example.com"}),
        at=TUESDAY, custom_variables={"order_id": "O1", "customer_id": "C7"},
    )  # fmt: skip
    given = (answer(PROMOTER, chosen(PROMOTER, "0")), answer(WHY, {"text": "Slow."}))
    vendor.answer_survey("shop", "r2", *given, at=MONDAY)
    vendor.answer_survey("shop", "r3", at=MONDAY)
    for number, (kind, choice, *_) in enumerate(cases()):
        given = (answer(DECIDED[kind], chosen(DECIDED[kind], choice)),)
        vendor.answer_survey("shop", f"d{number}", *given, at=MONDAY)


def then(vendor: SurveyMonkey) -> None:
    """What has changed at the second."""
    edited = answer(PROMOTER, chosen(PROMOTER, "3"))
    vendor.answer_survey("shop", "r2", edited, at=MONDAY, changed=LATER)


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    home = tmp_path_factory.mktemp("surveymonkey")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    (home / "inputs").mkdir()
    (home / "inputs" / "survey_questions.csv").write_text(TOLD, encoding="utf-8")
    vendor = SurveyMonkey()
    for change in (first, then):
        change(vendor)
        with serve(vendor) as url:
            own = account(surveymonkey, url, token=TOKEN)
            assert fetch(surveymonkey, own, home).refused == ()
        inputs = (home / "inputs",)
        report = ingest(dbt.raw, inputs=inputs, accounts=(own,), hash_key="key", now=NOW)
        assert report.refused == ()
        dbt.must(
            "build", "--exclude-resource-type", "test", "--select",
            "+judged_survey_questions", "+judged_survey_responses", "+judged_set_aside",
        )  # fmt: skip
    return dbt


def answers(dbt: Dbt, columns: str, *, where: str) -> list[tuple[Any, ...]]:
    """As last said: both fetches land what lies within the lag."""
    return dbt.rows(
        f"select {columns} from staging.judged_survey_responses "
        f"where (is_current or verdict in ('withdrawn', 'quarantined')) and {where} order by all"
    )


def test_choices_of_the_decisions(staged: Dbt) -> None:
    found = answers(
        staged,
        "response_id, cast(cast(score as integer) as varchar)",
        where="response_id like 'd%'",
    )
    assert [score or "none" for _, score in found] == [score for *_, score in cases()]


def test_a_promoter_question_says_its_scale_and_no_other_does(staged: Dbt) -> None:
    assert staged.rows(
        "select question_id, scale_id, is_headline, wording from staging.judged_survey_questions "
        "where source = 'surveymonkey' order by position"
    ) == [
        ("q1", "nps", True, "What about q1?"),
        ("q2", None, False, "What about q2?"),
        ("q3.q3r1", None, False, "What about q3?"),
        ("q3.q3r2", None, False, "What about q3?"),
        ("q4", None, False, "What about q4?"),
        ("q5", None, False, "What about q5?"),
        ("q6", None, False, "What about q6?"),
        ("q7", None, False, "What about q7?"),
    ]


def test_ids_become_scores_texts_and_choices(staged: Dbt) -> None:
    """A promoter's weights (-100, 0, 100) are not its scores; nobody said what q3 measures."""
    columns = "question_id, score, text, selected, is_not_applicable, reason_code"
    assert answers(staged, columns, where="response_id = 'r1' and load_id = 2") == [
        ("q1", 9.0, "Quick.", None, None, None),
        ("q2", 4.0, None, None, None, None),
        ("q3.q3r1", 2.0, None, None, None, "unknown_scale"),
        ("q3.q3r2", None, None, None, True, None),
        ("q4", None, "On a train", None, None, None),
        ("q5", None, None, "Blue, Red", None, None),
        ("q6", None, "Kind.", None, None, None),
        ("q7", None, None, "41", None, None),
    ]


def test_a_response_in_the_columns_of_the_contract(staged: Dbt) -> None:
    columns = "cast(responded_at as varchar), customer_id, order_id, email, source_system"
    assert answers(staged, columns, where="response_id = 'r1' and question_id = 'q1'") == [
        ("2026-01-06 08:00:00", "C7", "O1", "ann@example.com", "surveymonkey")
    ]


def test_an_edited_response_is_as_it_now_stands(staged: Dbt) -> None:
    assert answers(staged, "question_id, score, text, verdict", where="response_id = 'r2'") == [
        ("q1", 3.0, None, "accepted"),
        ("q6", None, None, "withdrawn"),
    ]


def test_what_says_nothing_is_set_aside(staged: Dbt) -> None:
    told = "select reason, count(*) from staging.judged_set_aside group by 1 order by 1"
    assert staged.rows(told) == [("no_answer", 1), ("no_question", 1)]
