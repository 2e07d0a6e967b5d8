"""The input contract for Python: entities, columns and reference tables, read from the dbt project.

The facts live in `dbt_project/models/staging/contract.yml` (entities) and in the headers of
`dbt_project/seeds/*.csv` (reference data). Nothing is repeated here.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

DBT_PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
CONTRACT_FILE = DBT_PROJECT / "models" / "staging" / "contract.yml"
SEEDS_FOLDER = DBT_PROJECT / "seeds"

# libyaml reads the contract about eight times faster; wheels of PyYAML carry it on most platforms.
_YAML_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ContractError(Exception):
    """The contract itself is malformed: a fault of the project, not of anybody's input."""


@dataclass(frozen=True)
class Column:
    """One column of an entity; `data_type` is what staging casts to, raw keeps text."""

    name: str
    data_type: str
    description: str = ""
    required: bool = False
    values: tuple[str, ...] = ()
    may_be_future: bool = False
    may_be_ancient: bool = False
    is_long_text: bool = False
    may_be_negative: bool = False


@dataclass(frozen=True)
class Entity:
    """One entity: `key` names the columns that identify a row within a source system."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    description: str = ""

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns if column.required)

    @property
    def times(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns if column.data_type == "timestamp")


# Every entity has these beside its own columns.
IMPLICIT_COLUMNS = (
    Column("source_system", "varchar", "the system the row comes from; default: the source's name"),
    Column("updated_at", "timestamp", "when the row was last changed; the newest version wins"),
    Column("is_deleted", "boolean", "true withdraws the row"),
)


@cache  # connected systems name its columns for each of their lists
def load_contract(path: Path = CONTRACT_FILE) -> Mapping[str, Entity]:
    """Entities by name, in the order of the file, each with its implicit columns last.

    Raises ContractError, naming file and model, when an entry lacks what the warehouse needs.
    """
    if not path.is_file():
        raise ContractError(f"{path} is missing: it holds the input contract, restore it")
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=_YAML_LOADER)  # noqa: S506
    models = document.get("models") if isinstance(document, Mapping) else None
    if not models:
        raise ContractError(f"{path} has no `models:`")
    entities = [_entity(model, path=path) for model in models]
    by_name = {entity.name: entity for entity in entities}
    if len(by_name) != len(entities):
        raise ContractError(f"{path} names an entity twice")
    return MappingProxyType(by_name)


def _entity(model: Mapping[str, Any], *, path: Path) -> Entity:
    meta = model.get("config", {}).get("meta", {})
    name, key = meta.get("entity"), tuple(meta.get("key", ()))
    if not name or not key:
        raise ContractError(f"{path}: model {model.get('name')} lacks config.meta.entity or .key")
    own = tuple(_column(column) for column in model.get("columns", ()))
    listed = {column.name for column in own}
    implicit = tuple(column for column in IMPLICIT_COLUMNS if column.name not in listed)
    unknown_key = set(key) - listed
    if unknown_key:
        raise ContractError(f"{path}: key of {name} names no column: {sorted(unknown_key)}")
    return Entity(name, key, own + implicit, str(model.get("description", "")))


def _column(column: Mapping[str, Any]) -> Column:
    meta = column.get("config", {}).get("meta", {})
    return Column(
        name=column["name"],
        data_type=column["data_type"],
        description=column.get("description", ""),
        required=bool(meta.get("required", False)),
        values=tuple(meta.get("values", ())),
        may_be_future=bool(meta.get("may_be_future", False)),
        may_be_ancient=bool(meta.get("may_be_ancient", False)),
        is_long_text=bool(meta.get("is_long_text", False)),
        may_be_negative=bool(meta.get("may_be_negative", False)),
    )


def load_reference(folder: Path = SEEDS_FOLDER) -> dict[str, tuple[str, ...]]:
    """Columns of each reference table by name, as the header of `<folder>/<name>.csv` has them."""
    tables: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as seed:
            header = next(csv.reader(seed), [])
        if not header:
            raise ContractError(f"{path} is empty: a seed needs its header row")
        tables[path.stem] = tuple(name.strip() for name in header)
    return tables
