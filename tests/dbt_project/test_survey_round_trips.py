"""The sample company's surveys, as survey systems show them, give the answers of its files."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.contract import load_contract
from ingestion.pipelines import ingest
from ingestion.sample_company import generate
from ingestion.sample_company.vendors import formbricks as company_in_formbricks
from ingestion.sample_company.vendors import surveymonkey as company_in_surveymonkey
from ingestion.sample_company.vendors import typeform as company_in_typeform
from ingestion.sample_company.vendors.answered import NOT_CARRIED
from ingestion.systems import SYSTEMS
from tests.contract.formbricks import Formbricks
from tests.contract.landed import account, fetch
from tests.contract.surveymonkey import SurveyMonkey
from tests.contract.typeform import Typeform
from tests.contract.vendor_server import TOKEN, Vendor, serve
from tests.dbt_project.building import Dbt

# CI builds other systems; what reads these is held to their APIs in tests/contract.
pytestmark = pytest.mark.long

Rows = Sequence[Mapping[str, str]]


def in_typeform(questions: Rows, responses: Rows) -> Vendor:
    made = company_in_typeform.export(questions, responses)
    vendor = Typeform()
    vendor.forms, vendor.responses = dict(made.forms), dict(made.responses)
    return vendor


def in_formbricks(questions: Rows, responses: Rows) -> Vendor:
    made = company_in_formbricks.export(questions, responses)
    vendor = Formbricks()
    vendor.surveys, vendor.responses = dict(made.surveys), dict(made.responses)
    return vendor


def in_surveymonkey(questions: Rows, responses: Rows) -> Vendor:
    made = company_in_surveymonkey.export(questions, responses)
    vendor = SurveyMonkey()
    vendor.surveys, vendor.responses = dict(made.surveys), dict(made.responses)
    return vendor


HOLDING: Mapping[str, Callable[[Rows, Rows], Vendor]] = {
    "typeform": in_typeform,
    "formbricks": in_formbricks,
    "surveymonkey": in_surveymonkey,
}
every_system = pytest.mark.parametrize("system", HOLDING)


def lines_of(path: Path) -> Iterator[Mapping[str, str]]:
    """The rows of a file; a line with a field too many is none."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from (row for row in csv.DictReader(file) if None not in row)


@pytest.fixture(scope="module")
def company(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """The company by its files, and by each system with what only a tenant can say."""
    home = tmp_path_factory.mktemp("company")
    generate(home / "all", customers=200, months=3, seed=7)
    files, told = home / "files", home / "told"
    files.mkdir()
    told.mkdir()
    for name in ("survey_questions.csv", "survey_responses.csv"):
        (home / "all" / name).rename(files / name)
    questions = list(lines_of(files / "survey_questions.csv"))
    responses = list(lines_of(files / "survey_responses.csv"))
    with (told / "survey_questions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*questions[0], "source_system"])
        writer.writeheader()
        writer.writerows({**row, "source_system": each} for each in HOLDING for row in questions)
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    accounts = []
    for name, holding in HOLDING.items():
        with ExitStack() as stack:
            url = stack.enter_context(serve(holding(questions, responses)))
            secrets = {secret.name: TOKEN for secret in SYSTEMS[name].SECRETS}
            own = account(SYSTEMS[name], url, **secrets)
            own = replace(own, start=datetime(1995, 1, 1, tzinfo=UTC))
            assert fetch(SYSTEMS[name], own, home).refused == ()
            accounts.append(own)
    later = datetime(2026, 7, 1, tzinfo=UTC)
    report = ingest(dbt.raw, inputs=(files, told), accounts=accounts, hash_key="key", now=later)
    assert report.refused == ()
    dbt.must(
        "build", "--exclude-resource-type", "test", "--select",
        "+judged_survey_questions", "+judged_survey_responses",
    )  # fmt: skip
    return dbt


def rows(dbt: Dbt, columns: str, table: str, *, where: str) -> list[tuple[Any, ...]]:
    return dbt.rows(f"select {columns} from staging.{table} where {where} order by all")


def carried(entity: str) -> str:
    """The columns that such a system gives back."""
    lost = NOT_CARRIED[entity]
    return ", ".join(name for name in load_contract()[entity].column_names if name not in lost)


# Of each source its own rows, not what the files say of a system's questions.
CURRENT = "is_current and verdict = 'accepted' and source = '{0}' and source_system = '{0}'"


@every_system
def test_scores_of_the_company_come_back(company: Dbt, system: str) -> None:
    found = {
        source: rows(
            company, carried("survey_responses"), "judged_survey_responses",
            where=f"{CURRENT.format(source)} and score is not null "
            "and not coalesce(is_not_applicable, false)",
        )
        for source in ("files", system)
    }  # fmt: skip
    assert len(found["files"]) > 200
    assert len({row[2] for row in found["files"]}) > 8, "questions of every kind"
    # a fault in a column that the system does not have is gone with it
    faulty = rows(
        company, "response_id", "judged_survey_responses",
        where="source = 'files' and verdict = 'quarantined'",
    )  # fmt: skip
    assert [row for row in found[system] if row[:1] not in faulty] == found["files"]


@every_system
def test_texts_of_the_company_come_back_as_answers_of_their_own(company: Dbt, system: str) -> None:
    found = {
        source: rows(
            company, "response_id, replace(question_id, '_comment', ''), text",
            "judged_survey_responses", where=f"{CURRENT.format(source)} and text is not null",
        )
        for source in ("files", system)
    }  # fmt: skip
    assert len(found["files"]) > 10
    assert found[system] == found["files"]


@every_system
def test_questions_of_the_company_come_back(company: Dbt, system: str) -> None:
    """And a scale that is named is the one that was meant."""
    by_form = f"{CURRENT.format(system)} and question_id not like '%_comment'"
    columns = carried("survey_questions")
    asked = rows(company, columns, "judged_survey_questions", where=CURRENT.format("files"))
    found = rows(company, columns, "judged_survey_questions", where=by_form)
    assert set(asked) <= set(found)
    # a form has questions too that the company's files name wrongly, or not at all
    unknown = {(survey.partition("-")[0], question) for survey, question, *_ in {*found} - {*asked}}
    assert unknown == {("draft", "csat"), ("open", "mystery")}
    meant = rows(
        company, "survey_id || ':' || question_id, scale_id", "judged_survey_questions",
        where=CURRENT.format("files"),
    )  # fmt: skip
    named = rows(
        company, "survey_id || ':' || question_id, scale_id", "judged_survey_questions",
        where=f"{by_form} and scale_id is not null",
    )  # fmt: skip
    assert len(named) > 5
    assert dict(named).items() <= dict(meant).items()
