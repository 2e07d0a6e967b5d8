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
    chatwoot,
    formbricks,
    ga4,
    hubspot,
    intercom,
    matomo,
    qualtrics,
    salesforce,
    segment,
    surveymonkey,
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
    left = {entity: found for entity, found in rows.items() if entity != "survey_responses"}
    return files, left | _about_surveys(left, "typeform")


def _about_surveys(rows: Rows, system: str) -> Rows:
    """A survey knows what it asks, the company what that is about and who was meant to answer."""
    entities = ("survey_questions", "survey_frame", "survey_responses")
    return {
        entity: [{**row, "source_system": system} for row in rows.get(entity, [])]
        for entity in entities
    }


def _as_qualtrics(rows: Rows) -> Exported:
    questions = rows["survey_questions"]
    held, others = qualtrics.carried(questions, rows["survey_responses"])
    records = qualtrics.export(questions, held)
    files = {f"{name}.jsonl": "".join(map(_line, found)) for name, found in records.items()}
    return files, rows | _about_surveys({**rows, "survey_responses": others}, "qualtrics")


def _as_formbricks(rows: Rows) -> Exported:
    return _as_surveys(rows, system="formbricks", export=formbricks.export)


def _as_surveymonkey(rows: Rows) -> Exported:
    return _as_surveys(rows, system="surveymonkey", export=surveymonkey.export)


def _as_surveys(
    rows: Rows,
    *,
    system: str,
    export: Callable[[list[Row], list[Row]], formbricks.Export | surveymonkey.Export],
) -> Exported:
    exported = export(rows["survey_questions"], rows.get("survey_responses", []))
    files = {
        "surveys.jsonl": "".join(map(_line, exported.surveys.values())),
        "responses.jsonl": "".join(map(_line, exported.responses.values())),
    }
    left = {entity: found for entity, found in rows.items() if entity != "survey_responses"}
    return files, left | _about_surveys(left, system)


def _as_zendesk(rows: Rows) -> Exported:
    records = zendesk.export(rows)
    files = {f"{resource}.jsonl": "".join(map(_line, found)) for resource, found in records.items()}
    return files, {
        entity: found for entity, found in rows.items() if entity not in zendesk.ENTITIES
    }


def _as_desk(
    system: str, export: Callable[[Rows], Mapping[str, Sequence[Row]]], *, held: Sequence[str]
) -> Callable[[Rows], Exported]:
    """A desk that has states of its own, and no place for what an agent is trained in."""

    def written(rows: Rows) -> Exported:
        files = {
            f"{name}.jsonl": "".join(map(_line, found)) for name, found in export(rows).items()
        }
        left = {entity: found for entity, found in rows.items() if entity not in held}
        for entity in ("ticket_changes", "employees"):
            left[entity] = [{**row, "source_system": system} for row in left.get(entity, [])]
        return files, left

    return written


def _as_woocommerce(rows: Rows) -> Exported:
    carried, left = _with_keys(rows, woocommerce.KEYS)
    orders = {row["order_id"] for row in carried["orders"]}
    carried["order_items"], left["order_items"] = [], []
    for row in rows["order_items"]:
        is_carried = row["order_id"] in orders and row["line_number"]
        (carried if is_carried else left)["order_items"].append(row)
    records = woocommerce.export(carried)
    return {f"{name}.jsonl": "".join(map(_line, found)) for name, found in records.items()}, left


def _as_matomo(rows: Rows) -> Exported:
    visits, others = matomo.sessions(rows["web_events"])
    records = matomo.export(visits)
    return {"visits.jsonl": "".join(map(_line, records))}, {**rows, "web_events": others}


def _as_segment(rows: Rows) -> Exported:
    events, other_events = segment.carried_events(rows["web_events"])
    links, other_links = segment.carried_links(rows["identity_links"])
    left = {**rows, "web_events": other_events, "identity_links": other_links}
    return segment.files(segment.export(events, links)), left


# Service desks before a CRM: they ask who the customers of their tickets are.
EXPORTERS: dict[str, Callable[[Rows], Exported]] = {
    "zendesk": _as_zendesk,
    "intercom": _as_desk("intercom", intercom.export, held=intercom.ENTITIES),
    "chatwoot": _as_desk("chatwoot", chatwoot.export, held=chatwoot.ENTITIES),
    "hubspot": _as_hubspot,
    "salesforce": _as_salesforce,
    "woocommerce": _as_woocommerce,
    "typeform": _as_typeform,
    "qualtrics": _as_qualtrics,
    "formbricks": _as_formbricks,
    "surveymonkey": _as_surveymonkey,
    "ga4": _as_ga4,
    "matomo": _as_matomo,
    "segment": _as_segment,
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
