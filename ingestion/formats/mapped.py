"""A file with names of its own into a raw table of the contract, as its mapping says.

Every format gives such a file as a relation of texts: `number`, the place of the record, and `c0`,
`c1`, ... in the order of its columns. What follows is the same for all, and one statement: DuckDB
translates, unpivots wide sheets and writes.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingestion.errors import Refused
from ingestion.formats.projection import (
    Projection,
    extra_object,
    insert_statement,
    matched,
    quoted,
    spelled,
)
from ingestion.model import FileMapping, InputFile, Reading, Rule
from ingestion.sql import literal

# The contract's columns that take an answer; which one, a question says.
KINDS = ("score", "text", "selected")
_ANSWER = {
    "question_id": "answer.question_id",
    **{kind: f"case answer.kind when '{kind}' then answer.given end" for kind in KINDS},
    "_row_in_record": "answer.place",
}
_LOCAL_ISO = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+$"
_HOURS = ("%H", "%-H", "%I", "%-I")


@dataclass(frozen=True)
class _Sheet:
    """The columns of a file by the names that they are compared by: spelling and expression."""

    columns: Mapping[str, tuple[str, str]]

    def found(self, rule: Rule) -> list[str]:
        """Those of the rule's columns that the file has, as they are compared."""
        return [key for name in rule.columns if (key := _key(name)) in self.columns]

    def text(self, key: str) -> str:
        return self.columns[key][1]


def _key(name: str) -> str:
    """A name as it is compared: titles of questions are broken over lines by some tools."""
    return " ".join(matched(name).split())


def _sheet(names: Sequence[str], constants: Mapping[str, str | None]) -> _Sheet:
    """A title that is there twice is `Title` and `Title (2)`; one without a name `column_7`."""
    columns: dict[str, tuple[str, str]] = {}
    for place, name in enumerate(names):
        title = spelling = " ".join(spelled(name).split()) or f"column_{place + 1}"
        seen = 1
        while spelling.lower() in columns:
            seen += 1
            spelling = f"{title} ({seen})"
        columns[spelling.lower()] = (spelling, f"c{place}")
    for name, value in constants.items():
        columns.setdefault(_key(name), (name, literal(value)))
    return _Sheet(columns)


def check_names(names: Sequence[str], *, file: InputFile, where: str = "") -> None:
    """Refuses a file that lacks a column which its mapping names."""
    mapping = _mapping(file)
    sheet = _sheet(names, file.constants)
    rules = [*mapping.columns.values(), *(question.answer for question in mapping.questions)]
    for rule in rules:
        if rule.columns and not rule.is_optional and not sheet.found(rule):
            raise Refused(
                f"{where}the column {quoted(rule.columns)}, which {mapping.entry} names, is not in "
                f"the file; {_hint(rule, sheet)} Correct the name, or mark it `optional: true`"
            )
    answers = [question.answer for question in mapping.questions]
    if answers and not any(sheet.found(answer) for answer in answers):
        raise Refused(f"{where}the file has none of the questions that {mapping.entry} names")


def _hint(rule: Rule, sheet: _Sheet) -> str:
    near = difflib.get_close_matches(_key(rule.columns[0]), sheet.columns, n=1)
    if near:
        return f"did you mean `{sheet.columns[near[0]][0]}`?"
    return f"it has {quoted([spelling for spelling, _ in sheet.columns.values()])}."


def _mapping(file: InputFile) -> FileMapping:
    if file.mapping is None:
        raise ValueError(f"{file.name} has no mapping")
    return file.mapping


def insertion(
    names: Sequence[str], source: str, *, file: InputFile, reading: Reading
) -> tuple[str, tuple[str, ...]]:
    """The statement that writes the records of `source`, and the columns that nothing takes."""
    mapping = _mapping(file)
    sheet = _sheet(names, file.constants)
    expressions = {
        column: text
        for column, rule in mapping.columns.items()
        if (text := _text(rule, sheet)) is not None
    }
    for column in expressions.keys() & file.table.times:
        expressions[column] = _time(expressions[column], mapping)
    if any(rule.is_record for rule in mapping.columns.values()):
        source = _identified(source, columns=len(names))
    if mapping.questions:
        expressions |= _ANSWER
        source = _answered(source, mapping, sheet)
    rest = [pair for key, pair in sheet.columns.items() if key not in _taken_as_is(file, sheet)]
    projection = Projection(expressions, extra_object(rest), _strangers(mapping, sheet))
    below = file.header_rows - 1
    statement = insert_statement(reading, projection, number=f"number - {below}", source=source)
    is_answer = " and answer.given is not null" if mapping.questions else ""
    return f"{statement} where number > {below}{is_answer}", projection.unknown_columns


def _text(rule: Rule, sheet: _Sheet) -> str | None:
    """SQL of what the rule gives; None where the file has nothing for it."""
    texts = [sheet.text(key) for key in sheet.found(rule)]
    if rule.value is not None or rule.is_record:
        otherwise = "record_id" if rule.value is None else literal(rule.value)
        return _first([_translated(texts, rule.values), otherwise]) if texts else otherwise
    return _translated(texts, rule.values) if texts else None


def _translated(texts: Sequence[str], values: Mapping[str, str]) -> str:
    given = texts[0] if len(texts) == 1 else _first(texts)
    if not values:
        return given
    cases = " ".join(f"when {literal(said)} then {literal(is_)}" for said, is_ in values.items())
    return f"case trim({given}) {cases} else {given} end"


def _first(texts: Sequence[str]) -> str:
    """The first text that is not blank."""
    filled = ", ".join(f"nullif(trim({text}), '')" for text in texts)
    return f"coalesce({filled})"


def _time(text: str, mapping: FileMapping) -> str:
    """ISO 8601 where a format fits; what fits none stays, to be quarantined unless it is ISO."""
    readings = [_iso(text, form, mapping.time_zone) for form in mapping.time_formats]
    if mapping.time_zone:
        is_local = f"regexp_matches(trim({text}), {literal(_LOCAL_ISO)})"
        moment = f"case when {is_local} then try_cast(trim({text}) as timestamp) end"
        readings.append(_moment(moment, mapping.time_zone))
    return f"coalesce({', '.join([*readings, text])})"


def _iso(text: str, form: str, zone: str | None) -> str:
    if "%z" in form:
        moment = f"try_strptime({_respelt_zone(f'trim({text})')}, {literal(form)})"
        return f"replace(({moment} at time zone 'UTC')::varchar, ' ', 'T') || 'Z'"
    moment = f"try_strptime(trim({text}), {literal(form)})"
    if any(hours in form for hours in _HOURS):
        return _moment(moment, zone)
    # the contract tells a day from its first moment: a promise for a day holds until its end
    return f"{moment}::date::varchar"


def _moment(local: str, zone: str | None) -> str:
    if zone is None:
        return f"replace(({local})::varchar, ' ', 'T')"
    utc = f"(({local}) at time zone {literal(zone)}) at time zone 'UTC'"
    return f"replace(({utc})::varchar, ' ', 'T') || 'Z'"


def _respelt_zone(text: str) -> str:
    """Forms and people write offsets as no strptime reads them: GMT+1, UTC+5:30, GMT, Z."""
    for pattern, spelling in (
        ("(GMT|UTC)([+-])", r"\2"),
        ("([+-])([0-9])(:[0-9]{2})?$", r"\10\2\3"),
        ("(GMT|UTC|Z)$", "+00"),
    ):
        text = f"regexp_replace({text}, {literal(pattern)}, {literal(spelling)})"
    return text


def _identified(source: str, *, columns: int) -> str:
    """The records with an id of their content, so that a sheet which is sorted, renamed or longer
    gives its old records their old ids. Of records that are alike the second is `...-2`.
    """
    texts = ", ".join(f"c{place}" for place in range(columns))
    content = f"md5(to_json(list_filter([{texts}], lambda text: trim(text) <> ''))::varchar)"
    return f"""(
        select *, content || coalesce('-' || nullif(row_number() over (
            partition by content order by number
        ), 1), '') as record_id
        from (select *, {content} as content from {source})
    )"""


def _answered(source: str, mapping: FileMapping, sheet: _Sheet) -> str:
    """The records of a wide sheet once per question."""
    answers = [
        f"{{'place': {place}, 'question_id': {literal(question.question_id)}, "
        f"'kind': {literal(question.kind)}, 'given': {_first([given])}}}"
        for place, question in enumerate(mapping.questions)
        if (given := _text(question.answer, sheet)) is not None
    ]
    return f"(select *, unnest([{', '.join(answers)}]) as answer from {source})"


def _taken_as_is(file: InputFile, sheet: _Sheet) -> set[str]:
    """The columns whose text stands in one of the contract's; all others are kept beside them."""
    mapping = _mapping(file)
    is_respelt = mapping.time_formats or mapping.time_zone
    is_time = file.table.times if is_respelt else frozenset()
    rules = [rule for column, rule in mapping.columns.items() if column not in is_time]
    rules += [question.answer for question in mapping.questions]
    found = [sheet.found(rule) for rule in rules if not rule.values]
    return {keys[0] for keys in found if len(keys) == 1}


def _strangers(mapping: FileMapping, sheet: _Sheet) -> tuple[str, ...]:
    rules = [*mapping.columns.values(), *(question.answer for question in mapping.questions)]
    named = {key for rule in rules for key in sheet.found(rule)}
    return tuple(spelling for key, (spelling, _) in sheet.columns.items() if key not in named)
