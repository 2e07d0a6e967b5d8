"""What is configured of an account, what a system's module offers, and what a fetch did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from ingestion.model import Table
from ingestion.report import Refusal

if TYPE_CHECKING:
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import IncrementalConfig, RESTAPIConfig

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
RECORD_COLUMNS = ("record", "source_system")


@dataclass(frozen=True)
class Secret:
    """A secret that a system wants; `origin` says where a person makes it.

    Where the secret that `unless` names is given, this one is not wanted.
    """

    name: str
    origin: str
    unless: str = ""


@dataclass(frozen=True)
class Connection:
    """One account of a system. Its rows bear the connection's name as their `source_system`.

    `schedule` is a cron line in the tenant's zone; blank: it is fetched from with the others.
    """

    name: str
    system: str
    url: str
    start: datetime
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    schedule: str = ""


def is_safe(url: str) -> bool:
    """Whether secrets may go there: https, or this very machine."""
    parts = urlsplit(url)
    is_own = parts.scheme == "http" and parts.hostname in _LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or is_own)


@dataclass(frozen=True)
class Span:
    """What a fetch asks for: all that changed since `start`, or since the last fetch if that was
    later. With an `end` it is a backfill: exactly that span, and no cursor is read or moved.
    """

    start: datetime
    end: datetime | None = None

    def incremental(
        self,
        cursor_path: str,
        *,
        lag_seconds: int,
        convert: Callable[[str], Any] | None = None,
    ) -> IncrementalConfig:
        """What dlt needs to ask for the span alone, by the time of change in `cursor_path`.

        `convert` writes a cursor, which is ISO 8601 in UTC, as the request does. The records of the
        last `lag_seconds` are asked for again: a system's index runs behind. A record without a
        time that can be read is taken, and moves no cursor.
        """
        config: IncrementalConfig = {
            "cursor_path": cursor_path,
            "initial_value": iso(self.start),
            "on_cursor_value_missing": "include",
        }
        if self.end is None:
            config["lag"] = lag_seconds
        else:
            config["end_value"] = iso(self.end)
        if convert is not None:
            config["convert"] = convert
        return config


def iso(moment: datetime) -> str:
    """2026-01-31T08:00:00Z"""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch_seconds(moment: datetime | str) -> int:
    """Seconds since 1970, of a moment or of a cursor."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return int(moment.timestamp())


class ApiSystem(Protocol):
    """A module of `sources/` that fetches: what it needs, where it asks, which tables it fills.

    `URL` is empty where every tenant has an address of its own. `PROBE` is a path that answers
    any account with the right to read, cheaply.
    """

    SOURCE: str
    URL: str
    SECRETS: tuple[Secret, ...]
    OPTIONS: tuple[str, ...]
    PROBE: str

    def tables(self) -> dict[str, Table]:
        """Its raw tables by name, one per resource that lands."""

    def configuration(self, account: Connection, span: Span) -> RESTAPIConfig:
        """The account's API in dlt's declarative form; the session is added by the engine."""

    def attached(
        self, resources: Mapping[str, DltResource], client: RESTClient, span: Span
    ) -> Sequence[DltResource]:
        """Further resources that are asked for by the pages of others."""


def record_tables(schema: str, names: str, **ids: str) -> dict[str, Table]:
    """Raw tables whose rows are records as JSON, from a list of names with blanks.

    `ids` names, by table, the field that identifies a record where that is not `id`.
    """
    return {
        name: Table(
            schema, name, RECORD_COLUMNS, frozenset({"record"}), record_id=ids.get(name, "id")
        )
        for name in names.split()
    }


@dataclass(frozen=True)
class LeftOut:
    """What a resource yields for a part (one survey of all) that refuses: the others still land.

    `part` is shown: an id or a word for it, never what somebody wrote.
    """

    part: str
    error: Exception


@dataclass(frozen=True)
class FetchReport:
    """What one fetch brought: records by table, and the tables or parts that refused."""

    connection: str
    records: Mapping[str, int]
    refused: tuple[Refusal, ...]
    seconds: float
