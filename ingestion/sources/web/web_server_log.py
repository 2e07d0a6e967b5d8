"""The `web_server_log` source: access logs of Apache or nginx in the combined format.

Recognised by their names and their first lines, at any depth: one folder per server or month.
"""

import re
from pathlib import Path

from ingestion.formats import combined_log
from ingestion.model import Found, Table
from ingestion.sources.folder import leads_out
from ingestion.sources.web import event_files

SOURCE = "web_server_log"
SCHEMA = "raw_web_server_log"
EXPECTED = (
    "web_server_log: access logs in the combined format, such as `access.log`, `access.log.2.gz`, "
    "`access_log-20260131` or `apache_logs.gz`"
)
_NAME = re.compile(r".*(access|apache|nginx).*logs?([._-][0-9-]+)?(\.gz)?")


def tables() -> dict[str, Table]:
    """One raw table: the hits. It bears the name of the entity that they become, so that lines
    which cannot be read stand in the same account."""
    hits = Table(SCHEMA, "web_events", combined_log.COLUMNS)
    return {hits.name: hits}


def matches(folder: Path) -> bool:
    """True when one of the logs begins in the combined format."""
    return any(
        not leads_out(file.path, file.folder) and combined_log.looks_like_one(file)
        for file in find(folder).files
    )


def find(folder: Path) -> Found:
    """The access logs; other files become warnings."""
    return event_files.find(
        folder,
        source=SOURCE,
        table=tables()["web_events"],
        format_of=_format,
        unread="its name is not that of an access log",
    )


def _format(name: str) -> str | None:
    return "combined_log" if _NAME.fullmatch(name) and "error" not in name else None
