"""The accounts that a home fetches from: `[sources.<name>]` of cx.toml, and their secrets.

```toml
[sources.hubspot]            # the name is the system, or `system = "hubspot"` says it
start = "2024-01-01"         # how far back the first fetch goes; default: everything
schedule = "0 * * * *"       # fetched from hourly too; default: with every refresh
```

A secret stands in the environment as `SOURCES__HUBSPOT__TOKEN`, or in `<home>/.dlt/secrets.toml`
under `[sources.hubspot]`: dlt's own two places.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from croniter import CroniterError, croniter

from dagster_project.settings import Settings, SettingsError, source_secrets
from ingestion.fetching.model import Connection, is_safe
from ingestion.sources.folder import did_you_mean
from ingestion.systems import SYSTEMS

# dlt would spell doubled and final underscores otherwise, and backfills have folders of their own.
_NAME = re.compile(r"(?!.*(__|_backfill$|_$))[a-z][a-z0-9_]{0,39}")
_NETLOC = re.compile(r"[\w.:\[\]-]+")
_CRON_PARTS = 5
_COMMON = ("system", "url", "start", "schedule")
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_EVERYTHING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class MissingSecret:
    """A secret that an account lacks, and how to give it."""

    connection: str
    secret: str
    cure: str


def connections(settings: Settings) -> tuple[Connection, ...]:
    """The accounts as they are configured; secrets that are missing are left out.

    Raises:
        SettingsError: an account that cannot be fetched from as it is described.
    """
    return tuple(_connection(settings, name, dict(table)) for name, table in settings.sources)


def missing_secrets(connection: Connection) -> tuple[MissingSecret, ...]:
    """What has to be set before the account can be fetched from."""
    return tuple(
        MissingSecret(
            connection.name,
            secret.name,
            f"set {secret_variable(connection.name, secret.name)} ({secret.origin})",
        )
        for secret in SYSTEMS[connection.system].SECRETS
        if not {secret.name, secret.unless} & set(connection.secrets)
    )


def secret_variable(connection: str, secret: str) -> str:
    """The environment's name of a secret, as dlt spells it."""
    return f"SOURCES__{connection.upper()}__{secret.upper()}"


def _connection(settings: Settings, name: str, table: Mapping[str, str]) -> Connection:
    where = f"[sources.{name}] of {settings.config_file}"
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{where}: a name is small letters and digits with single _ between them, such as "
            "hubspot_eu, and does not end in _backfill"
        )
    system_name = table.get("system", name)
    if system_name not in SYSTEMS:
        hint = did_you_mean(system_name, SYSTEMS)
        raise SettingsError(
            f"{where}: there is no system {system_name!r}{hint}; "
            f"write system = one of {', '.join(SYSTEMS)}"
        )
    system = SYSTEMS[system_name]
    for option in table:
        if option not in (*_COMMON, *system.OPTIONS):
            cure = f"use {', '.join((*_COMMON, *system.OPTIONS))}"
            if option in {secret.name for secret in system.SECRETS}:
                cure = f"a secret does not belong there; set {secret_variable(name, option)}"
            raise SettingsError(f"{where}: unknown setting {option}; {cure}")
    return Connection(
        name=name,
        system=system_name,
        url=_url(table.get("url", system.URL), where),
        start=_moment(table["start"], where) if "start" in table else _EVERYTHING,
        secrets=source_secrets(settings, name, [secret.name for secret in system.SECRETS]),
        schedule=_cron(table.get("schedule", ""), where),
        options={key: value for key, value in table.items() if key in system.OPTIONS},
    )


def _url(text: str, where: str) -> str:
    if not text:
        raise SettingsError(f'{where}: say where the account is: url = "https://..."')
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise SettingsError(f"{where}: url is {text!r}; that is no address") from error
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError(
            f"{where}: url is an address alone, without user, password or query; a secret stands "
            "in the environment"
        )
    if not _NETLOC.fullmatch(parts.netloc):
        raise SettingsError(f"{where}: url is {text!r}; that is no address")
    if not is_safe(text):
        raise SettingsError(f"{where}: url is {text!r}; a secret goes to https:// only")
    return text.rstrip("/")


def _cron(text: str, where: str) -> str:
    if not text or _comes_round(text):
        return text
    raise SettingsError(
        f'{where}: schedule is {text!r}; give a cron line of five parts such as "0 * * * *"'
    )


def _comes_round(cron: str) -> bool:
    """Whether Dagster can keep it: minutes at the least, and not the 31st of February."""
    try:
        return len(cron.split()) == _CRON_PARTS and croniter(cron).get_next() > 0
    except CroniterError:
        return False


def _moment(text: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"{where}: start is {text!r}; give a date like 2024-01-31") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not _EARLIEST <= moment <= datetime.now(UTC):
        raise SettingsError(f"{where}: start is {text!r}; give a date from 1990 to today")
    return moment
