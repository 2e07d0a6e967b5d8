"""What the exporter of each system gives, and what the exporters share."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]
Rows = dict[str, list[Row]]
# The text of each file of a system by name, and the rows that it does not carry.
Exported = tuple[dict[str, str], Rows]


def json_lines(records: Mapping[str, Iterable[Row]]) -> dict[str, str]:
    """A JSON Lines file of each resource's records."""
    return {f"{name}.jsonl": "".join(map(json_line, found)) for name, found in records.items()}


def json_line(record: Row) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def iso_moment(text: str | None) -> str | None:
    """A time as APIs write it, with a T; what is no time stays as it is."""
    return text and re.sub(r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) (?=[0-9])", r"\1T", text)


def with_keys(rows: Rows, keys: Mapping[str, str]) -> tuple[Rows, Rows]:
    """The rows that a system can hold; one without its key is in nobody's system."""
    carried = {entity: [row for row in rows[entity] if row[key]] for entity, key in keys.items()}
    left = {
        entity: [row for row in found if entity not in keys or not row[keys[entity]]]
        for entity, found in rows.items()
    }
    return carried, left


def without(rows: Rows, *entities: str) -> Rows:
    return {entity: found for entity, found in rows.items() if entity not in entities}


def about_surveys(rows: Rows, system: str) -> Rows:
    """A survey knows what it asks, the company what that is about and who was meant to answer."""
    entities = ("survey_questions", "survey_frame", "survey_responses")
    return rows | {
        entity: [{**row, "source_system": system} for row in rows.get(entity, [])]
        for entity in entities
    }
