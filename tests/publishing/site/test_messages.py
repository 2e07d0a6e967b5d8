"""Every word of the site is there in every language, with the same fields."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from publishing.dashboards import LANGUAGES, load_dashboards
from publishing.words import MESSAGES, Words

PUBLISHING = MESSAGES.parents[1]
SITE = PUBLISHING / "site"
PACKAGE = PUBLISHING.parent
DESCRIPTIONS = sorted((PUBLISHING / "dashboards").glob("*.yml"))
TRANSLATED = [language for language in LANGUAGES if language != "en"]


def _catalogue(language: str) -> Catalog:
    with (MESSAGES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


CATALOGUES = {language: _catalogue(language) for language in LANGUAGES}


def _key(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, tuple | list) else message.id)


def _messages(language: str, context: str | None = None) -> dict[str, Message]:
    catalogue = CATALOGUES[language]
    return {_key(m): m for m in catalogue if m.id and m.context == context}


def _forms(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (str(message.string),)


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_language_has_a_catalogue() -> None:
    assert sorted(path.stem for path in MESSAGES.glob("*.po")) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", TRANSLATED)
def test_messages_are_those_of_english(language: str) -> None:
    wanted, found = set(_messages("en")), set(_messages(language))
    assert wanted - found == set(), "missing"
    assert found - wanted == set(), "extra"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_form_of_a_message_is_empty(language: str) -> None:
    catalogue = CATALOGUES[language]
    for key, message in _messages(language).items():
        forms = _forms(message)
        expected = catalogue.num_plurals if isinstance(message.id, tuple | list) else 1
        assert len(forms) == expected, key
        assert all(form.strip() for form in forms), key
    assert not any(message.fuzzy for message in catalogue if message.id)


@pytest.mark.parametrize("language", TRANSLATED)
def test_fields_are_those_of_english(language: str) -> None:
    """A form of a plural may say its number in a word; it may not know another field."""
    found = _messages(language)
    for key, english in _messages("en").items():
        wanted = _fields(_forms(english)[-1])
        *words, last = (_fields(form) for form in _forms(found[key]))
        assert last == wanted, key
        assert all(fields <= wanted for fields in words), key


def test_names_of_members_are_in_every_translation() -> None:
    names = {language: set(_messages(language, "member")) for language in LANGUAGES}
    assert names["fa"] == names["ar"]
    assert names["en"] <= names["fa"]


@pytest.mark.parametrize(
    ("seed", "column"), [("touchpoints", 0), ("touchpoints", 1), ("channels", 0)]
)
def test_members_that_the_warehouse_knows_have_names(seed: str, column: int) -> None:
    rows = (PACKAGE / "dbt_project" / "seeds" / f"{seed}.csv").read_text("utf-8").splitlines()[1:]
    members = {row.split(",")[column] for row in rows}
    for language in TRANSLATED:
        assert members - set(_messages(language, "member")) == set()


@pytest.mark.parametrize(
    ("model", "column"),
    [
        ("quarantine/rejected_rows", "reason_code"),
        ("marts/reports/rpt_source_records", "outcome"),
        ("marts/reports/rpt_source_fetches", "refusal_code"),
    ],
)
def test_reasons_have_names(model: str, column: str) -> None:
    path = PACKAGE / "dbt_project" / "models" / f"{model}.yml"
    [described] = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    [found] = [each for each in described["columns"] if each["name"] == column]
    [allowed] = [test for test in found["data_tests"] if isinstance(test, dict)]
    # what is not set aside is not on the page
    reasons = set(allowed["accepted_values"]["arguments"]["values"]) - {"row", "unreadable_line"}
    for language in LANGUAGES:
        assert reasons - set(_messages(language, "member")) == set()


# ---- the dashboards' own texts ------------------------------------------------------------------


def _texts(told: Any, place: str) -> Iterator[tuple[str, dict[str, str]]]:
    if isinstance(told, dict):
        if set(LANGUAGES) & set(told):
            yield place, told
        for name, part in told.items():
            yield from _texts(part, f"{place}.{name}")
    elif isinstance(told, list):
        for index, part in enumerate(told):
            name = part.get("tile", index) if isinstance(part, dict) else index
            yield from _texts(part, f"{place}.{name}")


@pytest.mark.parametrize("path", DESCRIPTIONS, ids=lambda path: path.stem)
def test_described_texts_are_in_every_language_with_the_same_fields(path: Path) -> None:
    found = list(_texts(yaml.safe_load(path.read_text(encoding="utf-8")), path.stem))
    assert found
    for place, text in found:
        assert set(text) == set(LANGUAGES), place
        assert all(each.strip() for each in text.values()), place
        fields = {language: _fields(each) for language, each in text.items()}
        assert fields["fa"] == fields["ar"] == fields["en"], place


@pytest.mark.parametrize("path", DESCRIPTIONS, ids=lambda path: path.stem)
def test_translations_write_their_own_digits(path: Path) -> None:
    """Names of columns, of scales and of commands stay Latin; a number alone does not."""
    for place, text in _texts(yaml.safe_load(path.read_text(encoding="utf-8")), path.stem):
        for language in TRANSLATED:
            assert not re.search(r"(?<![\w.-])[0-9]+(?![\w-])", text[language]), (place, language)


# ---- what the templates and the cards ask for ---------------------------------------------------


def _asked_in_python() -> Iterator[tuple[str, str]]:
    """(key, where): a part that is only known at run time stands as a star."""
    for path in sorted(PUBLISHING.glob("**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("t", "counted")
                and node.args
            ):
                for key in _keys(node.args[0]):
                    yield key, f"{path.name}:{node.lineno}"


def _keys(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return _keys(node.body) + _keys(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(p.value) if isinstance(p, ast.Constant) else "*" for p in node.values)]
    return []


def _asked_in_templates() -> Iterator[tuple[str, str]]:
    for path in sorted((SITE / "templates").glob("**/*.j2")):
        text = path.read_text(encoding="utf-8")
        for key, more in re.findall(r"\bt\('([^']+)'(\s*~)?", text):
            yield key + ("*" if more else ""), path.name


def _matching(asked: str, keys: set[str]) -> set[str]:
    pattern = re.compile(".+".join(re.escape(part) for part in asked.split("*")))
    return {key for key in keys if pattern.fullmatch(key)}


def test_every_message_that_is_asked_for_is_there() -> None:
    keys = set(_messages("en"))
    asked = [*_asked_in_python(), *_asked_in_templates()]
    assert len(asked) > 100
    missing = [(key, where) for key, where in asked if not _matching(key, keys)]
    assert missing == []


def _named_in_python() -> Iterator[str]:
    """Keys that are chosen before they are asked for: whole ones, and those with a known head."""
    for path in PUBLISHING.glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant | ast.JoinedStr):
                yield from (key for key in _keys(node) if re.match(r"[a-z]+(\.|$)", key))


def test_every_message_is_asked_for() -> None:
    keys = set(_messages("en"))
    asked = {key for key, _ in [*_asked_in_python(), *_asked_in_templates()]}
    used = {key for each in asked.union(_named_in_python()) for key in _matching(each, keys)}
    assert keys - used == set()


def test_dimensions_columns_and_reasons_have_names() -> None:
    words = Words("en")
    for dashboard in load_dashboards():
        for tile in dashboard.tiles:
            if tile.dimension is not None:
                assert words.t(f"dimension.{tile.dimension}")
            for column in tile.columns:
                assert column.hidden or column.label or words.t(f"column.{column.name}")
