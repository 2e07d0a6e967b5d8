"""The fetch stage: what is new at every account that the home is connected with.

An account that cannot be fetched from is a refusal like a file that cannot be read: the others go
on, what it brought before stays, and the next run asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from dagster_project.connections import connections, missing_secrets
from dagster_project.run_report import Refusal
from dagster_project.settings import Settings, SettingsError
from ingestion.fetches import read_fetches
from ingestion.fetching import spool
from ingestion.fetching.model import Connection, Span
from ingestion.sources.folder import did_you_mean
from ingestion.systems import SYSTEMS


@dataclass(frozen=True)
class FetchOrder:
    """What a run is to fetch: of all accounts or of some, what is new or what a span holds."""

    names: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def span(self, connection: Connection) -> Span:
        """A span that is asked for moves no cursor; `until` is now unless it was given."""
        if self.since is None:
            return Span(connection.start)
        return Span(self.since, self.until or datetime.now(UTC))


@dataclass(frozen=True)
class Fetched:
    """What one account brought."""

    connection: str
    records: int
    refused: tuple[Refusal, ...] = ()


def ordered(settings: Settings, order: FetchOrder) -> list[Connection]:
    """The accounts that an order is about.

    Raises:
        SettingsError: an account that the home does not have, or that is badly described.
    """
    known = {connection.name: connection for connection in connections(settings)}
    for name in order.names:
        if name not in known:
            have = ", ".join(known) or "none"
            raise SettingsError(
                f"there is no source {name!r}{did_you_mean(name, known)}; "
                f"{settings.config_file} has {have}"
            )
    return [known[name] for name in order.names or known]


def fetch_from(
    connection: Connection,
    settings: Settings,
    *,
    order: FetchOrder,
    on_progress: Callable[[str], None],
) -> Fetched:
    """Lands what the order asks of one account."""
    missing = missing_secrets(connection)
    if missing:
        lacks = (
            Refusal(connection.name, lack.secret, "secret", lack.cure, "secret_missing")
            for lack in missing
        )
        return Fetched(connection.name, 0, tuple(lacks))
    from ingestion.fetching import landing  # dlt takes two seconds to import

    if _is_behind(settings, connection) or spool.is_another(connection, home=settings.home):
        landing.forget(connection, home=settings.home)
    spool.note_account(connection, home=settings.home)
    report = landing.fetch(
        SYSTEMS[connection.system],
        connection,
        home=settings.home,
        span=order.span(connection),
        doubtful=_refused_before(settings, connection),
        on_progress=on_progress,
    )
    refused = (
        Refusal(connection.name, refused.entity, refused.file, refused.message, refused.reason)
        for refused in report.refused
    )
    return Fetched(connection.name, sum(report.records.values()), tuple(refused))


def _refused_before(settings: Settings, connection: Connection) -> frozenset[str]:
    """The account's tables that the last fetch did not get, for the lack of a right perhaps."""
    return frozenset(
        last.raw_table
        for last in read_fetches(settings.raw)
        if last.source_system == connection.name and last.refused
    )


def _is_behind(settings: Settings, connection: Connection) -> bool:
    """Whether the account's cursors stand for records that this raw, another one or one of before,
    does not hold."""
    last_read = spool.last_read(connection, home=settings.home)
    if last_read is None:
        return False
    if not settings.raw.exists():
        return True
    with duckdb.connect(str(settings.raw), read_only=True) as database:
        read: Sequence[tuple[str, str]] = database.execute(
            "select source, file from ops.files where status = 'loaded'"
        ).fetchall()
    return (connection.system, last_read) not in set(read)
