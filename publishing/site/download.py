"""The rows behind a card as a file: CSV that a spreadsheet opens and does not run."""

from __future__ import annotations

import csv
import io

from publishing.site.facts import Table

# A text that begins like this is a formula to a spreadsheet (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_of(table: Table) -> str:
    """RFC 4180, UTF-8, the columns as the reports name them; null is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.names)
    writer.writerows([_inert(value) for value in row] for row in table.rows)
    return text.getvalue()


def _inert(value: object) -> object:
    """Text that would be a formula is made plain by a leading apostrophe; numbers stay."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
