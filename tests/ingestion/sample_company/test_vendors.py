"""`cx generate --as`: every row is with the system that carries it, or left in files."""

import json
from pathlib import Path

import pytest

from dagster_project.cli import main
from ingestion.sample_company.vendors import writing
from ingestion.sample_company.vendors.writing import read_rows

SIZE = ["--customers", "100", "--months", "2", "--seed", "3"]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    assert main(["generate", "--out", str(folder), *SIZE]) == 0
    return folder


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shown")
    systems = "hubspot,zendesk,typeform,ga4"
    assert main(["generate", "--out", str(folder), *SIZE, "--as", systems]) == 0
    return folder


def records(folder: Path, name: str) -> list[dict[str, object]]:
    lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("kind", "entity", "key"),
    [("contacts", "customers", "customer_id"), ("companies", "accounts", "account_id"),
     ("deals", "leads", "lead_id")],
)  # fmt: skip
def test_hubspot_holds_every_row_that_has_a_key(
    company: Path, shown: Path, kind: str, entity: str, key: str
) -> None:
    rows, left = read_rows(company)[entity], read_rows(shown / "files").get(entity, [])
    held = records(shown / "hubspot", kind)
    assert len(held) == len({row[key] for row in rows if row[key]})
    assert [row for row in rows if not row[key]] == left


def test_what_no_system_carries_is_left_in_files(company: Path, shown: Path) -> None:
    rows, left = read_rows(company), read_rows(shown / "files")
    for entity in ("orders", "order_items", "subscriptions", "interactions"):
        assert left[entity] == rows[entity]
    assert {"tickets", "ticket_changes", "ticket_messages", "web_events"} & set(left) == set()
    assert {row["source_system"] for row in left["survey_questions"]} == {"typeform"}


def test_same_arguments_give_the_same_records(shown: Path, tmp_path: Path) -> None:
    systems = "ga4,typeform,zendesk,hubspot"
    assert main(["generate", "--out", str(tmp_path), *SIZE, "--as", systems]) == 0
    again = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.json*")}
    assert again == {path.relative_to(shown): path.read_bytes() for path in shown.rglob("*.json*")}


def test_unknown_system_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "--out", str(tmp_path), *SIZE, "--as", "hubspott"]) == 2
    assert f"--as knows {', '.join(writing.EXPORTERS)}, not hubspott" in capsys.readouterr().err
