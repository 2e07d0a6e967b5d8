"""Qualtrics' questions and responses from its API to the rows of the contract, each worked out by
hand; and the sample company's answers, as Qualtrics would tell of them and as they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.pipelines import ensure_raw, ingest
from ingestion.sample_company.vendors import qualtrics as vendor_records
from ingestion.sources.survey import qualtrics
from tests.contract.landed import account, fetch
from tests.contract.qualtrics import Qualtrics, question
from tests.contract.vendor_server import TOKEN, serve
from tests.dbt_project import connected
from tests.dbt_project.building import Dbt

# CI builds other systems; what reads this one is held to its API in tests/contract.
pytestmark = pytest.mark.long

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONDAY, TUESDAY = "2026-01-05T08:00:00Z", "2026-01-06T08:00:00Z"
FIVE = {value: f"{value} stars" for value in range(1, 6)}
TOLD = """survey_id,question_id,scale_id,source_system,valid_from
SV_a,thumbs,csat_thumbs,qualtrics,2020-01-01
"""
# A response of Qualtrics, of which the company's own files say what was done about it.
ACTED = """response_id,acted_at,action
R_1,2026-01-07T08:00:00Z,contacted
nobody,2026-01-07T08:00:00Z,contacted
"""


def matrix() -> dict[str, Any]:
    """Two statements on the same five points."""
    return {
        "QuestionID": "QID6", "DataExportTag": "csat", "QuestionType": "Matrix",
        "Selector": "Likert", "SubSelector": "SingleAnswer", "QuestionText": "How good was",
        "Choices": {"1": {"Display": "the price"}, "4": {"Display": "the speed"}},
        "ChoiceOrder": ["1", 4], "ChoiceDataExportTags": {"1": "csat_price", "4": ""},
        "Answers": {str(place): {"Display": str(place)} for place in range(1, 6)},
        "AnswerOrder": [1, 2, 3, 4, 5], "RecodeValues": {},
    }  # fmt: skip


def surveyed() -> Qualtrics:
    other = question("QID4", "where", points={1: "At home", 2: "Elsewhere"})
    other["Choices"]["2"]["TextEntry"] = "true"
    vendor = Qualtrics()
    vendor.put_survey(
        "SV_a",
        question("QID1", "recommend", selector="NPS"),
        question("QID2", "csat", points=FIVE),
        question("QID3", "thumbs", points={1: "Yes", 0: "No"}),
        other,
        question("QID5", "which", selector="MAVR", points={1: "Red", 2: "Blue"}),
        matrix(),
        question("QID7", "why", "TE", "ML"),
        question("QID8", "who", "TE", "FORM"),
        question("QID9", "hello", "DB", "TB"),
        question("QID10", "ces", points=FIVE),
        at=TUESDAY,
    )  # fmt: skip
    vendor.record(
        "SV_a", "R_1", at=MONDAY, QID1=9, QID2=4, QID3=0, QID4=2, QID4_2_TEXT="On a train",
        QID5=["1", "2"], QID6_1=3, QID6_4=5, QID7_TEXT="Quick.", QID8_1="Ana", QID10=2,
        externalDataReference="C7", order_id="O1", distributionChannel="gl", userLanguage="EN-GB",
        source_system="x", is_deleted="true",
        labels={"QID2": "4 stars", "QID4": "Elsewhere", "QID5": ["Red", "Blue"],
                "QID10": "2 stars"},
    )  # fmt: skip
    vendor.record("SV_a", "R_2", at=MONDAY, status=1, QID1=0, customer_id="C8",
                  recipientEmail="c8@example.com", labels={"status": "Survey Preview"})  # fmt: skip
    vendor.record("SV_a", "gave up", at=MONDAY, finished=0, QID1=1)
    vendor.record("SV_a", "machine", at=MONDAY, status=8, QID1=10)
    vendor.record("SV_a", "silent", at=MONDAY)
    return vendor


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    home = tmp_path_factory.mktemp("qualtrics")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    vendor = surveyed()
    vendor.progress = ["complete"]
    with serve(vendor) as url:
        own = account(qualtrics, url, token=TOKEN)
        for _ in range(2):  # what was read is read again
            assert fetch(qualtrics, own, home).refused == ()
    (home / "inputs").mkdir()
    (home / "inputs" / "survey_questions.csv").write_text(TOLD, encoding="utf-8")
    (home / "inputs" / "feedback_actions.csv").write_text(ACTED, encoding="utf-8")
    inputs = (home / "inputs",)
    report = ingest(dbt.raw, inputs=inputs, accounts=(own,), hash_key="key", now=NOW)
    assert report.refused == ()
    dbt.must(
        "build", "--exclude-resource-type", "test", "--select",
        "+judged_survey_questions", "+judged_feedback_actions", "+judged_set_aside",
    )  # fmt: skip
    return dbt


def rows(dbt: Dbt, columns: str, table: str, *, where: str = "true") -> list[tuple[Any, ...]]:
    return dbt.rows(f"select {columns} from staging.{table} where {where} order by all")


def test_a_scale_is_taken_where_name_and_steps_agree_and_never_guessed(staged: Dbt) -> None:
    assert rows(
        staged, "position, question_id, scale_id, is_headline, wording", "judged_survey_questions",
        where="source = 'qualtrics' and verdict = 'accepted'",
    ) == [
        (1, "recommend", "nps", True, "What  about recommend?"),
        (2, "csat", "csat", True, "What  about csat?"),
        (3, "thumbs", None, False, "What  about thumbs?"),
        (4, "where", None, False, "What  about where?"),
        (5, "which", None, False, "What  about which?"),
        (6, "csat_4", "csat", False, "How good was the speed"),
        (6, "csat_price", "csat", False, "How good was the price"),
        (7, "why", None, False, "What  about why?"),
        # five points are no ces, which has seven
        (10, "ces", None, False, "What  about ces?"),
    ]  # fmt: skip


def test_answers(staged: Dbt) -> None:
    assert rows(
        staged, "question_id, score, text, selected", "judged_survey_responses",
        where="response_id = 'R_1' and verdict = 'accepted'",
    ) == [
        ("ces", None, None, "2 stars"),
        ("csat", 4.0, None, None),
        ("csat_4", 5.0, None, None),
        ("csat_price", 3.0, None, None),
        ("recommend", 9.0, None, None),
        # by the tenant's own word
        ("thumbs", 0.0, None, None),
        ("where", None, "On a train", "Elsewhere"),
        ("which", None, None, "Red, Blue"),
        ("why", None, "Quick.", None),
    ]  # fmt: skip


def test_what_a_response_says_of_its_person(staged: Dbt) -> None:
    columns = (
        "response_id, source_system, customer_id, email, channel, language, order_id, "
        "submitted_by, strftime(responded_at, '%Y-%m-%dT%H:%M:%SZ')"
    )
    assert rows(
        staged, columns, "judged_survey_responses",
        where="question_id = 'recommend' and verdict = 'accepted'",
    ) == [
        ("R_1", "qualtrics", "C7", None, "web", "en", "O1", None, MONDAY),
        ("R_2", "qualtrics", "C8", "c8@example.com", "email", "en", None, "test", MONDAY),
    ]  # fmt: skip


def test_what_is_read_again_counts_once(staged: Dbt) -> None:
    assert rows(
        staged, "response_id, verdict, count(*)", "judged_survey_responses",
        where="question_id = 'recommend' group by all",
    ) == [
        ("R_1", "accepted", 1), ("R_1", "superseded", 1),
        ("R_2", "accepted", 1), ("R_2", "superseded", 1),
    ]  # fmt: skip


def test_a_parent_may_come_from_another_source_of_the_same_refresh(staged: Dbt) -> None:
    """Files are read before connected systems: what they say of an answer that the same refresh
    fetched was refused for good, as if there were no such answer."""
    assert rows(staged, "response_id, verdict, reason_code", "judged_feedback_actions") == [
        ("R_1", "accepted", None),
        ("nobody", "quarantined", "orphan"),
    ]


def test_every_record_is_a_row_or_set_aside(staged: Dbt) -> None:
    counted = rows(staged, "reason, count(*)", "judged_set_aside", where="true group by all")
    assert counted == [("no_answer", 2), ("no_question", 2), ("spam", 2), ("unfinished", 2)]


@pytest.fixture(scope="module")
def told(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Dbt]:
    """The answers that Qualtrics can hold, as they are and as it would tell of them."""
    home = tmp_path_factory.mktemp("company")
    company = connected.company(home / "company", ["survey_questions", "survey_responses"])
    questions = company["survey_questions"]
    held, left = vendor_records.carried(questions, company["survey_responses"])
    assert len(held) > 5 * len(left)
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    ensure_raw(dbt.raw, hash_key="key")
    columns = [*questions[0], "source_system"]
    with duckdb.connect(str(dbt.raw)) as connection:
        connection.executemany(
            f"insert into raw_files.survey_questions ({', '.join(columns)}, _load_id, _file_id, "
            f"_record_number) values ({', '.join('?' * len(columns))}, 1, 9, ?)",
            [(*row.values(), "qualtrics", number) for number, row in enumerate(questions, 1)],
        )
        connection.execute("insert into ops.loads values (1, 'files', timestamp '2030-01-01')")
    dbt.must("build", "--exclude-resource-type", "test", "--select", "+ref_questions")
    records = vendor_records.export(questions, held)
    connected.stage_company(dbt, "qualtrics", records, ["survey_responses"])
    return held, dbt


def test_company_comes_back_as_it_was(told: tuple[Any, Dbt]) -> None:
    held, dbt = told
    lost = {"source_system", "updated_at", "is_deleted", "is_not_applicable", "responded_at"}
    columns = [name for name in held[0] if name not in lost]
    found = connected.asked(
        dbt, f"select {', '.join(columns)} from warehouse.staging.stg_qualtrics__survey_responses"
    )
    expected = [tuple(row[name] for name in columns) for row in held]
    assert sorted(found, key=str) == sorted(expected, key=str)
