"""docs/DECISIONS.md keeps its word: every example has five rows or more and is run by a test."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.decisions import Section, sections

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = [section for section in sections() if section.rows]


@cache
def dbt_unit_tests() -> dict[str, str]:
    """The text of every dbt unit test by its name, comments and all."""
    found = {}
    for path in (ROOT / "dbt_project" / "models").rglob("*.yml"):
        _, _, tests = path.read_text(encoding="utf-8").partition("\nunit_tests:\n")
        for text in re.split(r"(?m)^  - name: ", tests)[1:]:
            found[text.split("\n", 1)[0]] = text
    return found


def exists(test: str) -> bool:
    """Whether there is such a dbt unit test, or `file::test` of pytest."""
    if "::" not in test:
        return test in dbt_unit_tests()
    file, name = test.split("::")
    path = ROOT / file
    return path.is_file() and f"def {name}(" in path.read_text(encoding="utf-8")


def reads_the_page(test: str, title: str) -> bool:
    """Whether a test of pytest takes the example of that section from the page."""
    file, _, _ = test.partition("::")
    return "::" in test and f'example("{title}")' in (ROOT / file).read_text(encoding="utf-8")


def test_examples_are_found() -> None:
    assert len(EXAMPLES) > 40
    assert len({section.title for section in sections()}) == len(sections())


@pytest.mark.parametrize("section", EXAMPLES, ids=lambda section: section.title)
def test_example_has_five_rows(section: Section) -> None:
    assert len(section.rows) >= 5


@pytest.mark.parametrize("section", EXAMPLES, ids=lambda section: section.title)
def test_example_names_tests_that_exist(section: Section) -> None:
    assert section.run_as, "the last line does not say `*Run as:*` and by which test"
    assert [test for test in section.run_as if not exists(test)] == []


@pytest.mark.parametrize("section", EXAMPLES, ids=lambda section: section.title)
def test_example_is_the_one_that_is_run(section: Section) -> None:
    """A test reads the table from the page, or the dbt unit tests repeat each row as a comment
    over the rows that run it: who changes one is told to change the other."""
    if any(reads_the_page(test, section.title) for test in section.run_as):
        return
    told = "\n".join(dbt_unit_tests()[test] for test in section.run_as if "::" not in test)
    assert [row for row in section.rows if row not in told] == []
