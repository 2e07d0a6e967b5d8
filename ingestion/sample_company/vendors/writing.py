"""Writes the company as the systems that it uses would show it: `cx generate --as hubspot,ga4`.

Each system gets a folder: records as its API gives them, one JSON Lines file a resource, or the
files that it exports. What no system carries stays in `files/`, as the input contract has it.
"""

import csv
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

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
from ingestion.sample_company.vendors.exported import Exported, Row, Rows

LEFT = "files"

# Service desks before a CRM: they ask who the customers of their tickets are.
EXPORTERS: dict[str, Callable[[Rows], Exported]] = {
    "zendesk": zendesk.exported,
    "intercom": intercom.exported,
    "chatwoot": chatwoot.exported,
    "hubspot": hubspot.exported,
    "salesforce": salesforce.exported,
    "woocommerce": woocommerce.exported,
    "typeform": typeform.exported,
    "qualtrics": qualtrics.exported,
    "formbricks": formbricks.exported,
    "surveymonkey": surveymonkey.exported,
    "ga4": ga4.exported,
    "matomo": matomo.exported,
    "segment": segment.exported,
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


def _write_rows(path: Path, rows: Iterable[Row]) -> None:
    found = list(rows)
    columns = list(dict.fromkeys(column for row in found for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
