"""The `service_desk` source: the event log of a real ServiceNow help desk, as UCI publishes it.

One row per update of an incident, in a zip archive; `?` stands for null.
"""

from pathlib import Path

from ingestion.model import Found, InputFile, Table
from ingestion.sources.folder import files_below, packing_of

SOURCE = "service_desk"
SCHEMA = "raw_service_desk"
EXPECTED = "service_desk: `incident_event_log.csv`, also zipped or gzipped"
_NAME = "incident_event_log"
_SUFFIXES = (".csv", ".csv.gz", ".csv.zip", ".zip")
_COLUMNS = (
    "number incident_state active reassignment_count reopen_count sys_mod_count made_sla "
    "caller_id opened_by opened_at sys_created_by sys_created_at sys_updated_by sys_updated_at "
    "contact_type location category subcategory u_symptom cmdb_ci impact urgency priority "
    "assignment_group assigned_to knowledge u_priority_confirmation notify problem_id rfc vendor "
    "caused_by closed_code resolved_by resolved_at closed_at"
)
_REQUIRED = "number incident_state opened_at sys_updated_at"


def tables() -> dict[str, Table]:
    """One raw table: the log."""
    log = Table(SCHEMA, _NAME, tuple(_COLUMNS.split()), frozenset(_REQUIRED.split()))
    return {log.name: log}


def matches(folder: Path) -> bool:
    return any(_suffix(entry.name) is not None for entry in folder.iterdir())


def find(folder: Path) -> Found:
    """The log; other files become warnings."""
    log = tables()[_NAME]
    files: list[InputFile] = []
    warnings: list[str] = []
    for path in files_below(folder, notes=warnings):
        if path.parts[0].lower() == "reference" or path.suffix.lower() in (".md", ".txt"):
            continue
        suffix = _suffix(path.name) if len(path.parts) == 1 else None
        if suffix is None:
            warnings.append(f"{path} was not read: it is not the event log")
        else:
            files.append(InputFile(log, folder, str(path), "csv", packing_of(suffix)))
    return Found(SOURCE, tuple(files), tuple(warnings))


def _suffix(name: str) -> str | None:
    suffix = name.lower().removeprefix(_NAME)
    return suffix if name.lower().startswith(_NAME) and suffix in _SUFFIXES else None
