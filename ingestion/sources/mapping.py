"""`mapping.yml` in an inputs folder: which entity a file holds, and under which names.

How to write one: docs/mapping.md. Read as texts throughout, so that a file's `yes` stays `yes`.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import available_timezones

import yaml

from ingestion.errors import UnrecognisedLayout
from ingestion.formats.mapped import KINDS
from ingestion.model import FileMapping, Question, Rule, Table
from ingestion.sources.folder import LINK_OUT, did_you_mean, files_below, leads_out

NAME = "mapping.yml"
SHIPPED = Path(__file__).parent / "mappings"
ENCODINGS = ("utf-8", "utf-16", "windows-1252", "windows-1256", "iso-8859-1")
# As many rows as one record may become: macros/staging/contract.sql numbers them.
MAX_QUESTIONS = 100

_KEYS = (
    "files",
    "use",
    "entity",
    "source_system",
    "columns",
    "values",
    "questions",
    "time_format",
    "time_zone",
    "encoding",
    "header_rows",
)
_MERGED = ("columns", "values", "questions")
_RULE_KEYS = ("column", "value", "record", "optional")
_QUESTION_KEYS = ("question_id", "as", "values", "optional")
_ASKED = "survey_responses"
# What an entry says with `questions`, not with `columns`.
_ANSWERED = ("question_id", *KINDS)
_TIME_PARTS = set("aAbBdfHIjmMpSyYz%")


@dataclass(frozen=True)
class Group:
    """One entry: the files of these patterns hold this entity."""

    patterns: tuple[str, ...]
    table: Table
    mapping: FileMapping

    def claims(self, folder: Path) -> set[str]:
        """Names of what its patterns match."""
        found = {
            path.relative_to(folder).as_posix()
            for pattern in self.patterns
            for path in folder.glob(pattern)
        }
        # a name that looks like a pattern: `survey [1].csv`
        return found | set(self.patterns)


@dataclass(frozen=True)
class Claims:
    """Whose each file is, by its name, and the entries that have found none."""

    groups: Mapping[str, Group]
    idle: tuple[Group, ...]


class _Fault(Exception):
    """What is wrong with one entry."""


class _Texts(yaml.BaseLoader):
    """Scalars as they are written; a key that stands twice would lose what the first one says."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.MarkedYAMLError(
                    problem=f"`{key}` is there twice", problem_mark=node.start_mark
                )
        return super().construct_mapping(node, deep=deep)


def is_there(folder: Path) -> bool:
    return (folder / NAME).exists()


def read(folder: Path, *, entities: Mapping[str, Table]) -> Claims:
    """Whose the files of the folder are; none where it has no mapping.yml.

    Raises UnrecognisedLayout, a line for each entry at fault, with what is wrong and the cure.
    """
    if not is_there(folder):
        return Claims({}, ())
    groups: list[Group] = []
    faults: list[str] = []
    for number, entry in enumerate(_entries(folder / NAME), start=1):
        try:
            groups.append(_group(entry, number=number, entities=entities))
        except _Fault as fault:
            faults.append(f"{_name(entry, number)}: {fault}")
    claims: dict[str, Group] = {}
    idle: list[Group] = []
    below = [str(path) for path in files_below(folder, notes=[])]
    for group in groups:
        claimed = group.claims(folder)
        names = [name for name in below if name in claimed and name != NAME]
        faults.extend(
            f"{claims[name].mapping.entry} and {group.mapping.entry} both claim {name}; "
            "a file has one entry"
            for name in names
            if name in claims
        )
        claims |= dict.fromkeys(names, group)
        if not names:
            idle.append(group)
    if faults:
        raise UnrecognisedLayout("\n".join(f"{folder}: {fault}" for fault in faults))
    return Claims(claims, tuple(idle))


def _entries(path: Path) -> Sequence[Any]:
    if leads_out(path, path.parent):
        raise UnrecognisedLayout(f"{path} is {LINK_OUT}")
    try:
        document = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Texts)  # noqa: S506
    except OSError as error:
        raise UnrecognisedLayout(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnrecognisedLayout(f"{path} is not UTF-8; save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}: " if mark else ""
        raise UnrecognisedLayout(
            f"{path}: {place}{error.problem or error.context}; put texts that hold one of "
            "* % : # [ { in quotes"
        ) from error
    if not isinstance(document, list) or not document:
        raise UnrecognisedLayout(f"{path} is no list; begin each entry with `- files: <pattern>`")
    return document


def _name(entry: Any, number: int) -> str:
    files = entry.get("files") if isinstance(entry, dict) else None
    return f"{NAME}, entry {number}" + (f" ({files})" if isinstance(files, str) else "")


def _group(entry: Any, *, number: int, entities: Mapping[str, Table]) -> Group:
    said = _with_shipped(_mapping(entry, "the entry"))
    _known(said, _KEYS, what="key")
    table = _table(said, entities)
    columns = _columns(said, table)
    questions = _questions(said, table)
    missing = sorted(table.required - columns.keys() - (set(_ANSWERED) if questions else set()))
    if missing:
        raise _Fault(
            f"`columns` gives no `{missing[0]}`, which {table.name} requires; name the file's "
            f"column, or give `{missing[0]}: {{value: ...}}`"
            + (" or `{record: true}`" if missing[0].endswith("_id") else "")
        )
    read_as = {key: value for key, value in said.items() if key != "files"}
    return Group(
        patterns=_patterns(said.get("files")),
        table=table,
        mapping=FileMapping(
            entry=_name(said, number),
            columns=columns,
            digest=hashlib.sha256(json.dumps(read_as).encode()).hexdigest(),
            questions=questions,
            time_formats=_time_formats(said.get("time_format", [])),
            time_zone=_time_zone(said.get("time_zone")),
            encoding=_encoding(said.get("encoding", "utf-8")),
            header_rows=_header_rows(said.get("header_rows", "1")),
        ),
    )


def _with_shipped(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry over the shipped mapping that it uses, if any."""
    if "use" not in entry:
        return dict(entry)
    known = sorted(path.stem for path in SHIPPED.glob("*.yml"))
    name = _text(entry["use"], "use")
    if name not in known:
        raise _Fault(
            f"`use: {name}` names no mapping that comes along{did_you_mean(name, known)}; there "
            f"are {', '.join(known)}"
        )
    text = (SHIPPED / f"{name}.yml").read_text(encoding="utf-8")
    shipped: dict[str, Any] = yaml.load(text, Loader=_Texts)  # noqa: S506
    merged = {key: _overlaid(shipped, entry, key) for key in _MERGED}
    merged["values"] = {
        column: _overlaid(shipped.get("values", {}), entry.get("values", {}), column)
        for column in merged["values"]
    }
    # a blank in the tenant's entry takes away what the shipped one says
    kept = {
        key: {name: said for name, said in all_.items() if said} for key, all_ in merged.items()
    }
    return {key: said for key, said in {**shipped, **entry, **kept}.items() if key != "use"}


def _overlaid(shipped: Mapping[str, Any], entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {**shipped.get(key, {}), **_mapping(entry.get(key, {}), key)}


def _table(said: Mapping[str, Any], entities: Mapping[str, Table]) -> Table:
    name = _text(said.get("entity"), "entity")
    if name not in entities:
        raise _Fault(
            f"`entity: {name}` is no entity{did_you_mean(name, entities)}; there are "
            f"{', '.join(entities)}"
        )
    return entities[name]


def _patterns(said: Any) -> tuple[str, ...]:
    patterns = tuple(
        _text(pattern, "files") for pattern in (said if isinstance(said, list) else [said])
    )
    for pattern in patterns:
        path = PurePosixPath(pattern)
        if path.is_absolute() or ".." in path.parts:
            raise _Fault(f"`files: {pattern}` leads out of the folder; write it relative to it")
        if any("**" in part and part != "**" for part in path.parts):
            raise _Fault(f"`files: {pattern}`: `**` stands alone between slashes, for any folders")
    return patterns


def _columns(said: Mapping[str, Any], table: Table) -> dict[str, Rule]:
    columns = _mapping(said.get("columns", {}), "columns")
    values = _mapping(said.get("values", {}), "values")
    _known(columns, table.columns, what=f"column of {table.name}")
    for name in values.keys() - columns.keys():
        raise _Fault(f"`values` speaks of `{name}`, which `columns` does not give")
    rules = {name: _rule(rule, values.get(name, {}), name=name) for name, rule in columns.items()}
    if "source_system" in said:
        rules["source_system"] = Rule(value=_text(said["source_system"], "source_system"))
    for name, rule in rules.items():
        is_empty = rule.is_optional and rule.value is None and not rule.is_record
        if name in table.required and is_empty:
            raise _Fault(f"`{name}` is required: it may not be optional without a `value`")
    return rules


def _rule(said: Any, values: Any, *, name: str) -> Rule:
    """One of `Title`, `[Title, Older title]`, `{value: nps}`, `{record: true}`, and a column with
    one of these for where it is blank: `{column: Title, value: nps, optional: true}`.
    """
    if not isinstance(said, dict):
        said = {"column": said}
    _known(said, _RULE_KEYS, what=f"key of `{name}`")
    if not {"column", "value", "record"} & said.keys():
        raise _Fault(f"`{name}` names no `column`, no `value` and no `record: true`")
    given = said.get("column", [])
    return Rule(
        columns=tuple(
            _text(title, name) for title in (given if isinstance(given, list) else [given])
        ),
        value=_text(said["value"], name) if "value" in said else None,
        is_record=_flag(said, "record"),
        is_optional=_flag(said, "optional"),
        values=_translations(values, name),
    )


def _questions(said: Mapping[str, Any], table: Table) -> tuple[Question, ...]:
    questions = _mapping(said.get("questions", {}), "questions")
    if not questions:
        return ()
    if table.name != _ASKED:
        raise _Fault(f"`questions` belong to `entity: {_ASKED}`, not to {table.name}")
    for name in _ANSWERED:
        if name in said.get("columns", {}):
            raise _Fault(f"`questions` give `{name}`; take it out of `columns`")
    if len(questions) > MAX_QUESTIONS:
        raise _Fault(f"{len(questions)} questions; {MAX_QUESTIONS} are the most: split the file")
    return tuple(_question(title, question) for title, question in questions.items())


def _question(title: str, said: Any) -> Question:
    """`Title: nps`, or `Title: {question_id: why, as: text, values: {...}, optional: true}`."""
    if not isinstance(said, dict):
        said = {"question_id": said}
    _known(said, _QUESTION_KEYS, what=f"key of the question `{title}`")
    kind = said.get("as", "score")
    if kind not in KINDS:
        raise _Fault(f"the question `{title}` says `as: {kind}`; write one of {', '.join(KINDS)}")
    answer = Rule(
        columns=(title,),
        is_optional=_flag(said, "optional"),
        values=_translations(said.get("values", {}), title),
    )
    return Question(_text(said.get("question_id"), f"question_id of `{title}`"), kind, answer)


def _time_formats(said: Any) -> tuple[str, ...]:
    formats = tuple(
        _text(form, "time_format") for form in (said if isinstance(said, list) else [said])
    )
    for form in formats:
        parts = re.findall(r"%-?(.?)", form)
        if not parts or not set(parts) <= _TIME_PARTS:
            raise _Fault(
                f"`time_format: {form}` is no format of strptime; 31/12/2026 23:59 is "
                "`%d/%m/%Y %H:%M`"
            )
    return formats


def _time_zone(said: Any) -> str | None:
    if said is not None and said not in available_timezones():
        raise _Fault(f"`time_zone: {said}` is no zone; write one such as UTC or Europe/Berlin")
    return said if said is None else str(said)


def _encoding(said: Any) -> str:
    if said not in ENCODINGS:
        raise _Fault(f"`encoding: {said}` is none of {', '.join(ENCODINGS)}")
    return str(said)


def _header_rows(said: Any) -> int:
    if not re.fullmatch(r"[1-9]", str(said)):
        raise _Fault(f"`header_rows: {said}` is no number from 1 to 9")
    return int(said)


def _translations(said: Any, name: str) -> dict[str, str]:
    values = _mapping(said, f"values of `{name}`")
    if not all(isinstance(value, str) for value in values.values()):
        raise _Fault(f"`values` of `{name}` are no pairs of `the file's value: the contract's`")
    return {value.strip(): str(meaning) for value, meaning in values.items()}


def _flag(said: Mapping[str, Any], key: str) -> bool:
    if key in said and said[key] != "true":
        raise _Fault(f"`{key}: {said[key]}` means nothing; write `{key}: true`, or leave it out")
    return key in said


def _text(said: Any, key: str) -> str:
    if not isinstance(said, str) or not said.strip():
        raise _Fault(f"`{key}` is missing, or is no text")
    return said


def _mapping(said: Any, what: str) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise _Fault(f"`{what}` is no list of `name: ...`, one a line")
    return said


def _known(said: Iterable[str], known: Sequence[str], *, what: str) -> None:
    for name in said:
        if name not in known:
            hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
            raise _Fault(f"`{name}` is no {what}{hint}")
