"""Formbricks's surveys and responses, from what its API gives to the rows of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.pipelines import ingest
from ingestion.sources.survey import formbricks
from tests.contract.formbricks import Formbricks, choices, question
from tests.contract.landed import account, fetch
from tests.contract.vendor_server import TOKEN, serve
from tests.dbt_project.building import Dbt
from tests.decisions import example

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONDAY, TUESDAY = "2026-01-05T08:00:00.000Z", "2026-01-06T08:00:00.000Z"
LATER = "2026-01-20T08:00:00.000Z"

BILINGUAL = [
    {"id": "c1", "label": {"default": "At home", "de": "Zu Hause"}},
    {"id": "c2", "label": {"default": 'In the "shop"', "de": "Im Laden"}},
    {"id": "other", "label": {"default": "Other", "de": "Andere"}},
]
QUESTIONS = [
    question("nps", "nps"),
    question("csat", "rating", range=5, scale="star"),
    question("why", "openText", inputType="text"),
    question("age", "openText", inputType="number"),
    question("mail", "openText", inputType="email"),
    question("contact", "contactInfo"),
    question("where", "multipleChoiceSingle", choices=BILINGUAL),
    question("which", "multipleChoiceMulti", choices=[*choices("Red", "Blue"), BILINGUAL[2]]),
    question("agreed", "consent"),
    question("next", "cta"),
    question("table", "matrix"),
]
TOLD = """survey_id,question_id,scale_id,source_system,valid_from
chat,thumbs,csat_thumbs,formbricks,2020-01-01
"""


def decided() -> Iterator[dict[str, Any]]:
    """The questions of the decisions."""
    for shown, key, *_ in example("What a question of Formbricks measures"):
        kind, _, steps = shown.partition(", ")
        match kind:
            case "nps":
                yield question(key, "nps")
            case "rating":
                yield question(key, "rating", range=int(steps))
            case "choice":
                yield question(key, "multipleChoiceSingle", choices=choices(*steps.split()))


def first(vendor: Formbricks) -> None:
    """What the first fetch finds."""
    vendor.put_survey("shop", *QUESTIONS, at=MONDAY)
    vendor.put_survey("empty", question("next", "cta"), at=MONDAY)
    vendor.put_survey("decided", *decided(), at=MONDAY)
    given = {each["id"]: "1" if "choices" in each else 5 for each in decided()}
    vendor.answer_survey("decided", "r1", given, at=MONDAY)
    thumbs = question("thumbs", "multipleChoiceSingle", choices=choices("1", "0"))
    vendor.put_survey("chat", thumbs, at=MONDAY)
    vendor.answer_survey("chat", "r2", {"thumbs": "0"}, at=MONDAY)
    vendor.answer_survey(
        "shop", "r3",
        {
            "nps": 9, "csat": 4, "why": "Quick.", "age": "41", "mail": "ann@example.com",
            "contact": ["Ann", "A.", "", "+989120000001", ""], "where": "Im Laden",
            "which": ["Blue", "Red", "Teal"], "agreed": "accepted", "next": "clicked",
            "table": {"Speed": "Good"}, "order_id": "O1", "customer_id": "C7",
        },
        at=TUESDAY, language="de",
    )  # fmt: skip
    vendor.answer_survey(
        "shop", "r4", {"nps": 2, "where": "On a train", "why": ""}, at=TUESDAY,
        contactAttributes={"userId": "u-4", "email": "b@example.com"},
    )  # fmt: skip
    vendor.answer_survey("shop", "r5", {"nps": 1, "why": "Slow."}, at=MONDAY)
    vendor.answer_survey("shop", "r6", {"nps": 7}, at=MONDAY, is_finished=False)
    vendor.answer_survey("shop", "r7", {"nps": 8}, at=MONDAY, is_finished=False)
    vendor.answer_survey("shop", "r8", {"order_id": "O2", "mail": "c@example.com"}, at=MONDAY)


def then(vendor: Formbricks) -> None:
    """What has changed at the second."""
    vendor.answer_survey("shop", "r5", {"nps": 3}, at=MONDAY, changed=LATER)
    vendor.answer_survey("shop", "r6", {"nps": 7, "why": "Well."}, at=MONDAY, changed=LATER)


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    home = tmp_path_factory.mktemp("formbricks")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    (home / "inputs").mkdir()
    (home / "inputs" / "survey_questions.csv").write_text(TOLD, encoding="utf-8")
    vendor = Formbricks()
    for change in (first, then):
        change(vendor)
        with serve(vendor) as url:
            own = account(formbricks, url, api_key=TOKEN)
            assert fetch(formbricks, own, home).refused == ()
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


def answers(dbt: Dbt, columns: str, *, where: str) -> list[tuple[Any, ...]]:
    """As last said: both fetches land what lies within the lag."""
    as_now = f"(is_current or verdict = 'withdrawn') and {where}"
    return rows(dbt, columns, "judged_survey_responses", where=as_now)


def test_questions_of_the_decisions(staged: Dbt) -> None:
    cases = example("What a question of Formbricks measures")
    asked = {
        key: (scale or "none", "yes" if is_headline else "no")
        for key, scale, is_headline in rows(
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
    assert [(key, *asked[key], became[key]) for _, key, *_ in cases] == [
        tuple(told) for _, *told in cases
    ]


def test_what_asks_for_an_address_or_nothing_is_no_question(staged: Dbt) -> None:
    asked = rows(
        staged, "question_id, wording, language", "judged_survey_questions",
        where="survey_id = 'shop'",
    )  # fmt: skip
    assert [question_id for question_id, *_ in asked] == [
        "age", "agreed", "csat", "nps", "table", "where", "which", "why",
    ]  # fmt: skip
    assert asked[0][1:] == ("What about age?", "en")


def test_answers_are_scores_texts_and_choices_in_one_language(staged: Dbt) -> None:
    assert answers(
        staged, "question_id, score, text, selected, verdict",
        where="response_id = 'r3'",
    ) == [
        ("age", None, None, "41", "accepted"),
        ("agreed", None, None, "accepted", "accepted"),
        ("csat", 4.0, None, None, "accepted"),
        ("nps", 9.0, None, None, "accepted"),
        ("table", None, None, '{"Speed":"Good"}', "accepted"),
        ("where", None, None, 'In the "shop"', "accepted"),
        ("which", None, "Teal", "Blue, Red", "accepted"),
        ("why", None, "Quick.", None, "accepted"),
    ]  # fmt: skip
    # what was written instead of a choice is a text; a blank is no answer
    assert answers(
        staged, "question_id, score, text, selected",
        where="response_id = 'r4'",
    ) == [("nps", 2.0, None, None), ("where", None, "On a train", None)]  # fmt: skip


def test_a_scale_that_the_tenant_names_makes_a_choice_a_score(staged: Dbt) -> None:
    assert answers(staged, "score, selected, verdict", where="survey_id = 'chat'") == [
        (0.0, None, "accepted")
    ]


def test_a_response_in_the_columns_of_the_contract(staged: Dbt) -> None:
    columns = (
        "response_id, cast(responded_at as varchar), customer_id, order_id, email, phone, "
        "language, device, source_system"
    )
    assert answers(
        staged, columns,
        where="response_id in ('r3', 'r4') and question_id = 'nps'",
    ) == [
        ("r3", "2026-01-06 08:00:00", "C7", "O1", "ann@example.com", "+989120000001", "de",
         "desktop", "formbricks"),
        ("r4", "2026-01-06 08:00:00", "u-4", None, "b@example.com", None, "en", "desktop",
         "formbricks"),
    ]  # fmt: skip


def test_a_changed_response_is_as_it_now_stands(staged: Dbt) -> None:
    """Its score is another, and what it does not say any more is withdrawn."""
    assert answers(
        staged, "question_id, score, text, verdict", where="response_id = 'r5'",
    ) == [("nps", 3.0, None, "accepted"), ("why", None, None, "withdrawn")]  # fmt: skip


def test_an_unfinished_response_counts_when_it_is_finished(staged: Dbt) -> None:
    assert answers(staged, "question_id, score, text", where="response_id = 'r6'") == [
        ("nps", 7.0, None),
        ("why", None, "Well."),
    ]
    assert rows(staged, "reason, count(*)", "judged_set_aside", where="true group by 1") == [
        ("no_answer", 1),
        ("no_question", 1),
        ("unfinished", 2),
    ]
