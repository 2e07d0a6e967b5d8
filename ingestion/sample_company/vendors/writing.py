"""Writes the company as the systems that it uses would show it: `cx generate --as hubspot,ga4`.

Each system gets a folder: records as its API gives them, one JSON Lines file a resource, or the
files that it exports. What no system carries stays in `files/`, as the input contract has it.
"""

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ingestion.sample_company.vendors import (
    ga4,
    hubspot,
    intercom,
    salesforce,
    typeform,
    woocommerce,
    zendesk,
)

Row = Mapping[str, Any]
Rows = dict[str, list[Row]]
# The text of each file of a system by name, and the rows that it does not carry.
Exported = tuple[dict[str, str], Rows]

LEFT = "files"


def _as_hubspot(rows: Rows) -> Exported:
    carried, left = _with_keys(rows, hubspot.KEYS)
    objects = hubspot.export(carried)
    return {f"{kind}.jsonl": "".join(map(_line, found)) for kind, found in objects.items()}, left


def _as_salesforce(rows: Rows) -> Exported:
    carried, left = _with_keys(rows, salesforce.KEYS)
    records = salesforce.export(carried)
    return {f"{name}.jsonl": "".join(map(_line, found)) for name, found in records.items()}, left


def _with_keys(rows: Rows, keys: Mapping[str, str]) -> tuple[Rows, Rows]:
    """The rows that a system can hold; one without its key is in nobody's system."""
    carried = {entity: [row for row in rows[entity] if row[key]] for entity, key in keys.items()}
    left = {
        entity: [row for row in found if entity not in keys or not row[keys[entity]]]
        for entity, found in rows.items()
    }
    return carried, left


def _as_ga4(rows: Rows) -> Exported:
    exported = ga4.export(rows["web_events"], rows["identity_links"])
    left = {entity: found for entity, found in rows.items() if entity != "web_events"}
    return dict(exported.files()), {**left, "identity_links": exported.links_left}


def _as_typeform(rows: Rows) -> Exported:
    exported = typeform.export(rows["survey_questions"], rows["survey_responses"])
    responses = (
        {**response, "form_id": form}
        for form, found in exported.responses.items()
        for response in found
    )
    files = {
        "forms.jsonl": "".join(map(_line, exported.forms.values())),
        "responses.jsonl": "".join(map(_line, responses)),
    }
    # A form knows what it asks, the company what that is about and who was meant to answer.
    left = {entity: found for entity, found in rows.items() if entity != "survey_responses"}
    for entity in ("survey_questions", "survey_frame"):
        left[entity] = [{**row, "source_system": "typeform"} for row in left.get(entity, [])]
    return files, left


def _as_zendesk(rows: Rows) -> Exported:
    records = zendesk.export(rows)
    files = {f"{resource}.jsonl": "".join(map(_line, found)) for resource, found in records.items()}
    return files, {
        entity: found for entity, found in rows.items() if entity not in zendesk.ENTITIES
    }


def _as_intercom(rows: Rows) -> Exported:
    records = intercom.export(rows)
    files = {f"{resource}.jsonl": "".join(map(_line, found)) for resource, found in records.items()}
    left = {entity: found for entity, found in rows.items() if entity not in intercom.ENTITIES}
    # Intercom has three states, and no place for what an admin is trained in.
    for entity in ("ticket_changes", "employees"):
        left[entity] = [{**row, "source_system": "intercom"} for row in left.get(entity, [])]
    return files, left


def _as_woocommerce(rows: Rows) -> Exported:
    carried, left = _with_keys(rows, woocommerce.KEYS)
    orders = {row["order_id"] for row in carried["orders"]}
    carried["order_items"], left["order_items"] = [], []
    for row in rows["order_items"]:
        is_carried = row["order_id"] in orders and row["line_number"]
        (carried if is_carried else left)["order_items"].append(row)
    records = woocommerce.export(carried)
    return {f"{name}.jsonl": "".join(map(_line, found)) for name, found in records.items()}, left


# Service desks before a CRM: they ask who the customers of their tickets are.
EXPORTERS: dict[str, Callable[[Rows], Exported]] = {
    "zendesk": _as_zendesk,
    "intercom": _as_intercom,
    "hubspot": _as_hubspot,
    "salesforce": _as_salesforce,
    "woocommerce": _as_woocommerce,
    "typeform": _as_typeform,
    "ga4": _as_ga4,
}


def write_as(folder: Path, systems: Sequence[str], *, out: Path) -> None:
    """Writes the company in `folder` (CSV) as the systems show it, and the rest, into `out`.

    Raises ValueError for a system that is none of EXPORTERS.
    """
    left = read_rows(folder)
    for system in sorted(systems, key=list(EXPORTERS).index):
        files, left = EXPORTERS[system](left)
        _fresh(out / system)
        for name, text in files.items():
            (out / system / name).write_text(text, encoding="utf-8")
    _fresh(out / LEFT)
    for entity, rows in left.items():
        if rows:
            _write_rows(out / LEFT / f"{entity}.csv", rows)


def read_rows(folder: Path) -> Rows:
    """The rows of each entity as texts, in the order of the files; a blank is no value.

    A line with more fields than columns is left out: no system could hold it.
    """
    rows: Rows = {}
    for path in sorted(folder.rglob("*.csv")):
        entity = path.relative_to(folder).parts[0].removesuffix(".csv")
        with path.open(encoding="utf-8", newline="") as file:
            rows.setdefault(entity, []).extend(
                {name: value or None for name, value in row.items()}
                for row in csv.DictReader(file)
                if None not in row
            )
    return rows


def _fresh(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _write_rows(path: Path, rows: Iterable[Row]) -> None:
    found = list(rows)
    columns = list(dict.fromkeys(column for row in found for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
