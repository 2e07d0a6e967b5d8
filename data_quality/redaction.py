"""What an error may say: a gate's words end in reports, logs and Data Docs that many people read.

DuckDB's messages about statements name tables and columns. Its messages about values quote the
value, and here a value may be an e-mail address.
"""

from __future__ import annotations

import re

_DUCKDB_ERROR = re.compile(r"\(_?duckdb\.(?P<kind>\w+)\)\s*(?P<message>[^\n]*)")
_ABOUT_STATEMENTS = {
    "BinderException",
    "CatalogException",
    "IOException",
    "ParserException",
    "PermissionException",
}
_GX_ABOUT_COLUMNS = re.compile(r'The column "[^"\n]+" in BatchData does not exist')
_EMAIL = re.compile(r"[^\s@:;,'\"()<>]+@[^\s@:;,'\"()<>]+")
_PHONE = re.compile(r"(?<!\w)\+\d[\d ()-]{6,}\d")


def explained(message: str) -> str:
    """The part of an error message that is about the statement; the kind of error at least."""
    duckdb = _DUCKDB_ERROR.search(message)
    if duckdb and duckdb["kind"] in _ABOUT_STATEMENTS:
        return without_identities(duckdb["message"])
    column = _GX_ABOUT_COLUMNS.search(message)
    if column:
        return column[0]
    kind = duckdb["kind"] if duckdb else "an error"
    return f"{kind} (its text is withheld, it may quote a row)"


def without_identities(text: str) -> str:
    """The text with e-mail addresses and international phone numbers masked."""
    return _PHONE.sub("[phone]", _EMAIL.sub("[e-mail]", text))
