"""Which tables and columns raw must hold, read from the input contract."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONTRACT = Path(__file__).parents[1] / "dbt_project/models/staging/contract.yml"

# Every entity has these beside its own columns; the underscore ones are written by ingestion.
IMPLICIT_COLUMNS = ("source_system", "updated_at", "is_deleted")
LOAD_COLUMNS = ("_load_id", "_file_id", "_file", "_record_number", "_extra")

# Not required, yet a load that loses one of them loses people or scores without any error.
WATCHED_IF_PRESENT = ("customer_id", "email", "phone", "anonymous_id", "score")


@dataclass(frozen=True)
class ExpectedTable:
    """One entity of one source in raw.

    required: columns that every row fills. watched: columns whose null share is compared with
    history. time_column: the required time that says how recent a row is, if there is one.
    """

    source: str
    entity: str
    columns: tuple[str, ...]
    required: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()
    time_column: str | None = None

    @property
    def schema(self) -> str:
        return f"raw_{self.source}"


def read_expected(contract: Path = CONTRACT) -> tuple[ExpectedTable, ...]:
    """The `files` source's tables, as the contract's properties describe them."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # The loader is one of PyYAML's safe ones; the C one is eight times faster where it is built.
    content = yaml.load(contract.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    return tuple(_expected_table(model) for model in content["models"])


def _expected_table(model: dict[str, Any]) -> ExpectedTable:
    meta_by_column = {column["name"]: _meta(column) for column in model["columns"]}
    own = tuple(meta_by_column)
    required = tuple(name for name, meta in meta_by_column.items() if meta.get("required"))
    times = [
        column["name"]
        for column in model["columns"]
        if column.get("data_type") == "timestamp"
        and column["name"] in required
        and not _meta(column).get("may_be_future")
    ]
    return ExpectedTable(
        source="files",
        entity=_meta(model)["entity"],
        columns=tuple(dict.fromkeys((*own, *IMPLICIT_COLUMNS, *LOAD_COLUMNS))),
        required=required,
        watched=tuple(
            dict.fromkeys((*required, *(name for name in WATCHED_IF_PRESENT if name in own)))
        ),
        time_column=times[0] if times else None,
    )


def _meta(node: dict[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = node.get("config") or {}
    meta: dict[str, Any] = config.get("meta") or {}
    return meta
