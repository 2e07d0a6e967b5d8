"""docs/mapping.md keeps its word: its files are read by its mapping.yml, with its commands."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.end_to_end.tenant import HASH_KEY, REPOSITORY, Tenant

PAGE = (REPOSITORY / "docs" / "mapping.md").read_text(encoding="utf-8")
UTF_16 = "reviews_com.example.app_202603.csv"
SHIPPED = sorted((REPOSITORY / "ingestion" / "sources" / "mappings").glob("*.yml"))


def files_of_page() -> dict[str, str]:
    """The blocks that the words before them give a name."""
    found = re.findall(r"(?s)`([^`]+\.(?:csv|yml))`[^`]{0,60}\n\n```(?:csv|yaml)\n(.*?)```", PAGE)
    return dict(found)


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    """What a reader has who wrote the page's files and typed its commands."""
    folder = tmp_path_factory.mktemp("page")
    (folder / ".venv").symlink_to(REPOSITORY / ".venv")
    (folder / "exports").mkdir()
    for name, text in files_of_page().items():
        encoding = "utf-16" if name == UTF_16 else "utf-8"
        (folder / "exports" / name).write_text(text, encoding=encoding)
    (commands,) = re.findall(r"(?s)```bash\n(.*?)```", PAGE)
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "CX_HASH_KEY": HASH_KEY},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    assert "unknown_enum" in ended.stdout
    assert "was not read" not in ended.stderr and "matches no file" not in ended.stderr
    return Tenant(folder / "tried", folder / "exports")


def test_every_file_of_the_page_is_read(tried: Tenant) -> None:
    assert len(files_of_page()) == 5
    files = {name for name in files_of_page() if name.endswith(".csv")}
    assert {name for (name,) in tried.raw_rows("select file from ops.files")} == files


def test_the_tickets_of_the_page(tried: Tenant) -> None:
    assert tried.rows(
        "select ticket_id, source_system, created_at::varchar, status, channel "
        "from marts.fct_tickets order by 1"
    ) == [
        ("4711", "desk", "2026-02-03 09:15:00", "open", "email"),
        ("4712", "desk", "2026-02-14 17:40:00", "solved", "email"),
    ]
    ((reason, record),) = tried.rows(
        "select reason_code, record_number from quarantine.rejected_rows"
    )
    assert (reason, record) == ("unknown_enum", 3)


def test_the_answers_of_the_page(tried: Tenant) -> None:
    """The time of a form is converted from its offset, Qualtrics' from its zone."""
    assert tried.rows(
        "select source_system, survey_id, question_id, score, responded_at::varchar "
        "from marts.fct_survey_responses where score is not null order by all"
    ) == [
        ("google_forms", "spring_form", "csat", 2.0, "2026-03-01 13:30:02"),
        ("google_forms", "spring_form", "csat", 5.0, "2026-03-01 08:12:44"),
        ("google_forms", "spring_form", "nps", 3.0, "2026-03-01 13:30:02"),
        ("google_forms", "spring_form", "nps", 9.0, "2026-03-01 08:12:44"),
        ("google_forms", "spring_form", "nps", 10.0, "2026-03-02 07:00:00"),
        ("qualtrics", "spring_qualtrics", "nps", 8.0, "2026-03-05 17:02:11"),
        ("qualtrics", "spring_qualtrics", "nps", 10.0, "2026-03-05 18:01:00"),
    ]


def test_the_reviews_of_the_page(tried: Tenant) -> None:
    assert tried.rows(
        "select source_system, platform, rating, review_id like 'https%' "
        "from marts.fct_reviews order by rating"
    ) == [("google_play", "google_play", 2.0, False), ("google_play", "google_play", 5.0, True)]


def test_row_accounts_count_answers(tried: Tenant) -> None:
    assert tried.rows(
        "select entity, read, accepted, superseded + withdrawn + quarantined "
        "from marts.rpt_source_health order by 1"
    ) == [("reviews", 2, 2, 0), ("survey_responses", 11, 11, 0), ("tickets", 3, 2, 1)]
    assert tried.rows(
        "select raw_table, outcome, records from marts.rpt_source_records order by 1"
    ) == [("reviews", "row", 2), ("survey_responses", "row", 11), ("tickets", "row", 3)]


def test_people_of_all_exports_are_the_same_people(tried: Tenant) -> None:
    """Ann wrote to the desk and filled in the form, as Ben did."""
    (both,) = tried.one(
        "select count(distinct customer_key) from marts.fct_tickets "
        "where customer_key in (select customer_key from marts.fct_survey_responses)"
    )
    assert both == 2


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_mapping_is_on_the_page_and_names_its_vendors(path: Path) -> None:
    assert f"| `{path.stem}` |" in PAGE and f"use: {path.stem}" in PAGE
    assert "# https://" in path.read_text(encoding="utf-8")


def test_every_key_of_an_entry_is_on_the_page() -> None:
    (sample,) = re.findall(r"(?s)`mapping.yml`[^`]*```yaml\n(.*?)```", PAGE)
    keys = {key for entry in yaml.safe_load(sample) for key in entry}
    shipped = {key for path in SHIPPED for key in yaml.safe_load(path.read_text())}
    assert [key for key in sorted(keys | shipped) if f"| `{key}` |" not in PAGE] == []
