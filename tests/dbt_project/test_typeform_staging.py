"""Typeform's forms and responses, from what its API gives to the rows of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.pipelines import ingest
from ingestion.sources.survey import typeform
from tests.contract.landed import account, fetch
from tests.contract.typeform import Typeform, answer, field
from tests.contract.vendor_server import TOKEN, serve
from tests.dbt_project.building import Dbt
from tests.decisions import example

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONDAY, TUESDAY = "2026-01-05T08:00:00Z", "2026-01-06T08:00:00Z"

NPS = field("f1", "opinion_scale", ref="nps_shop", steps=11)
CSAT = field("f2", "rating", ref="csat", steps=5)
CSAT_10 = field("f3", "opinion_scale", ref="ces", steps=10, start_at_one=True)
OWN = field("f4", "nps")
CALLED = field("f5", "yes_no", ref="would_have_called")
NEWS = field("f6", "yes_no", ref="newsletter")
UNNAMED = field("f7", "opinion_scale", steps=5, start_at_one=True)
WHY = field("f8", "long_text", ref="why")
WHERE = field("f9", "multiple_choice", ref="where")
WHICH = field("f10", "multiple_choice", ref="which", allow_multiple_selection=True)
AGE = field("f11", "number", ref="age")
MAIL = field("f12", "email", ref="mail")
NAME = field("f13", "short_text", ref="first_name")
PHONE = field("f14", "phone_number", ref="phone")
CONTACT = field("f15", "contact_info", ref="contact", fields=[NAME, PHONE])
GROUP = field("f16", "group", ref="group", fields=[WHY, CONTACT])
HELLO = field("f17", "statement", ref="hello")
CITY = field("f18", "dropdown", ref="city")
CSAT_7 = field("f19", "opinion_scale", ref="csat_7_speed", steps=7, start_at_one=True)
THUMBS = field("f20", "yes_no", ref="thumbs")
TOLD = """survey_id,question_id,scale_id,source_system,valid_from
chat,thumbs,csat_thumbs,typeform,2020-01-01
"""


def decided() -> Iterator[dict[str, Any]]:
    """The fields of the decisions."""
    for number, (shown, ref, *_) in enumerate(example("What a field of Typeform measures")):
        kind, first, last = shown.split(", ")
        steps = int(last) - int(first) + 1
        yield field(f"d{number}", kind, ref=ref, steps=steps, start_at_one=first == "1")


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    vendor = Typeform()
    vendor.put_form(
        "shop", HELLO, NPS, CSAT, CSAT_10, OWN, GROUP, CALLED, NEWS, UNNAMED, WHERE, WHICH, AGE,
        MAIL, CITY, CSAT_7, at=TUESDAY,
    )  # fmt: skip
    vendor.put_form("empty", at=MONDAY)
    fields = list(decided())
    vendor.put_form("decided", *fields, at=MONDAY)
    given = [
        answer(each, *(("boolean", True) if each["type"] == "yes_no" else ("number", 5)))
        for each in fields
    ]
    vendor.submit("decided", "r6", *given, landed=MONDAY, at=MONDAY)
    vendor.put_form("chat", THUMBS, at=MONDAY)
    vendor.submit("chat", "r5", answer(THUMBS, "boolean", False), landed=MONDAY, at=MONDAY)
    many = [field(f"m{number}", "short_text", ref=f"many_{number}") for number in range(120)]
    vendor.put_form("long", *many, at=MONDAY)
    vendor.submit("long", "r1", *(answer(each, "text", "x") for each in many),
                  landed=MONDAY, at=MONDAY)  # fmt: skip
    vendor.submit(
        "shop", "r2",
        answer(NPS, "number", 9), answer(CSAT, "number", 4), answer(CSAT_10, "number", 6),
        answer(OWN, "number", 10), answer(CALLED, "boolean", True), answer(NEWS, "boolean", False),
        answer(UNNAMED, "number", 3), answer(WHY, "text", "Quick."), answer(AGE, "number", 41),
        answer(NAME, "text", "Ann"), answer(PHONE, "phone_number", "+989120000001"),
        answer(MAIL, "email", "ann@example.com"), answer(CITY, "text", "Yazd"),
        answer(WHERE, "choice", {"label": "At home"}), answer(CSAT_7, "number", 7),
        answer(WHICH, "choices", {"labels": ["Red", "Blue"], "other": "Teal"}),
        landed=MONDAY, at=TUESDAY,
        hidden={"customer_id": "C7", "order_id": "O1", "source_system": "x", "is_deleted": "true"},
    )  # fmt: skip
    vendor.submit(
        "shop", "r3", answer(CSAT, "number", 2), answer(MAIL, "email", "a@example.com"),
        answer({**MAIL, "id": "f99"}, "email", "friend@example.com"), answer(WHY, "text", ""),
        answer(WHERE, "choice", {"other": "On a train"}), landed=MONDAY, at=TUESDAY,
    )  # fmt: skip
    vendor.submit("shop", "r4", landed=MONDAY, at=TUESDAY)
    vendor.submit("shop", "gave up", answer(CSAT, "number", 1), landed=MONDAY, at=None)
    home = tmp_path_factory.mktemp("typeform")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    with serve(vendor) as url:
        own = account(typeform, url, token=TOKEN)
        assert fetch(typeform, own, home).refused == ()
    (home / "inputs").mkdir()
    (home / "inputs" / "survey_questions.csv").write_text(TOLD, encoding="utf-8")
    inputs = (home / "inputs",)
    report = ingest(dbt.raw, inputs=inputs, accounts=(own,), hash_key="key", now=NOW)
    assert report.refused == ()
    dbt.must(
        "build", "--exclude-resource-type", "test", "--select",
        "+judged_survey_questions", "+judged_survey_responses", "+judged_set_aside",
    )  # fmt: skip
    return dbt


def rows(dbt: Dbt, columns: str, table: str, *, where: str = "true") -> list[tuple[Any, ...]]:
    return dbt.rows(f"select {columns} from staging.{table} where {where} order by all")


def test_fields_of_the_decisions(staged: Dbt) -> None:
    cases = example("What a field of Typeform measures")
    asked = {
        question: (scale or "none", "yes" if is_headline else "no")
        for question, scale, is_headline in rows(
            staged, "question_id, scale_id, is_headline", "judged_survey_questions",
            where="survey_id = 'decided'",
        )
    }  # fmt: skip
    became = dict(
        rows(
            staged,
            "question_id, case when verdict = 'quarantined' then verdict "
            "when score is not null then 'a score' when selected is not null then 'a choice' end",
            "judged_survey_responses", where="survey_id = 'decided'",
        )
    )  # fmt: skip
    assert [(ref, *asked[ref], became[ref]) for _, ref, *_ in cases] == [
        tuple(told) for _, *told in cases
    ]


def test_a_scale_is_taken_where_name_and_bounds_agree_and_never_guessed(staged: Dbt) -> None:
    assert rows(
        staged, "position, question_id, scale_id, is_headline", "judged_survey_questions",
        where="survey_id = 'shop' and verdict = 'accepted'",
    ) == [
        (1, "nps_shop", "nps", False),
        (2, "csat", "csat", True),
        (3, "ces", None, False),  # 1 to 10
        (4, "made-up-f4", "nps", True),
        (5, "why", None, False),
        (6, "would_have_called", "would_have_called", True),
        (7, "newsletter", None, False),
        (8, "made-up-f7", None, False),
        (9, "where", None, False),
        (10, "which", None, False),
        (11, "age", None, False),
        (12, "mail", None, False),
        (13, "city", None, False),
        (14, "csat_7_speed", "csat_7", False),
    ]  # fmt: skip
    wordings = rows(
        staged, "wording, language, source_system", "judged_survey_questions",
        where="survey_id = 'shop' and question_id = 'csat'",
    )  # fmt: skip
    assert wordings == [("What about csat?", "en", "typeform")]


def test_answers_are_scores_texts_and_choices(staged: Dbt) -> None:
    found = rows(
        staged, "question_id, score, text, selected, verdict, reason_code",
        "judged_survey_responses", where="response_id = 'r2'",
    )  # fmt: skip
    accepted = ("accepted", None)
    assert found == [
        ("age", None, None, "41", *accepted),
        ("ces", None, None, "6", *accepted),  # would be read as 1 to 7
        ("city", None, None, "Yazd", *accepted),
        ("csat", 4.0, None, None, *accepted),
        ("csat_7_speed", 7.0, None, None, *accepted),
        ("made-up-f4", 10.0, None, None, *accepted),
        ("made-up-f7", 3.0, None, None, "quarantined", "unknown_scale"),
        ("newsletter", None, None, "false", *accepted),
        ("nps_shop", 9.0, None, None, *accepted),
        ("where", None, None, "At home", *accepted),
        ("which", None, "Teal", "Red, Blue", *accepted),
        ("why", None, "Quick.", None, *accepted),
        ("would_have_called", 1.0, None, None, *accepted),
    ]


def test_a_scale_that_the_tenant_names_makes_a_choice_a_score(staged: Dbt) -> None:
    assert rows(
        staged, "score, selected, verdict", "judged_survey_responses", where="survey_id = 'chat'"
    ) == [(0.0, None, "accepted")]


def test_a_response_in_the_columns_of_the_contract(staged: Dbt) -> None:
    columns = (
        "response_id, survey_id, question_id, cast(responded_at as varchar), customer_id, "
        "order_id, email, phone, device, source_system, is_deleted"
    )
    assert rows(
        staged, columns, "judged_survey_responses",
        where="survey_id = 'shop' and question_id = 'csat'",
    ) == [
        ("r2", "shop", "csat", "2026-01-06 08:00:00", "C7", "O1", "ann@example.com",
         "+989120000001", "desktop", "typeform", None),
        # whose address is whose is not known; the partial response is no answer
        ("r3", "shop", "csat", "2026-01-06 08:00:00", None, None, None, None, "desktop",
         "typeform", None),
    ]  # fmt: skip


def test_blank_answers_are_no_rows_and_silent_records_are_set_aside(staged: Dbt) -> None:
    assert rows(
        staged, "question_id, text", "judged_survey_responses", where="response_id = 'r3'"
    ) == [("csat", None), ("where", "On a train")]
    assert rows(staged, "reason, count(*)", "judged_set_aside", where="true group by 1") == [
        ("no_answer", 1),
        ("no_question", 1),
    ]


def test_a_long_form_keeps_every_row(staged: Dbt) -> None:
    for table in ("judged_survey_questions", "judged_survey_responses"):
        counts = "count(*), count(distinct row_key), count(distinct question_id)"
        assert rows(staged, counts, table, where="survey_id = 'long'") == [(120, 120, 120)]
        assert rows(staged, "count(*) - count(distinct row_key)", table) == [(0,)]
