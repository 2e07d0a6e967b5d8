"""Every setting of a tenant: from the environment, then `cx.toml`, then the default.

The only module that reads the environment. A value that cannot be used raises
`SettingsError`, which names the setting, where it came from and the cure.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from ingestion.sources.folder import did_you_mean

PROJECT_ROOT = Path(__file__).resolve().parents[1]
DEFAULT_HOME = PROJECT_ROOT / ".cx"
CONFIG_FILE = "cx.toml"
_SECTION = re.compile(r"(?ms)^\[sources\][^\n]*\n(.*?)(?=^\[|\Z)")
_INPUTS = re.compile(r"""(?m)^inputs\s*=\s*\[(?:[^\]"']|"(?:\\.|[^"\\])*"|'[^']*')*\]""")
_LEAST_SECRET = 16
_YEARS = range(1990, 2201)
# Variables beside the settings: of runs, of dbt's profile and of the tests.
_OTHER_VARIABLES = (
    "CX_HOME",
    "CX_HASH_KEY",
    "CX_RAW",
    "CX_WAREHOUSE",
    "CX_POSTGRES_URL",
    "CX_POSTGRES_SCHEMA",
    "CX_DATASETS",
    "CX_METABASE_URL",
    "CX_METABASE_API_KEY",
    "CX_METABASE_USER",
    "CX_METABASE_PASSWORD",
    "CX_METABASE_DATABASE",
    "CX_METABASE_COLLECTION",
    "CX_METABASE_RECIPIENTS",
    "CX_METABASE_EMBEDDING",
    "CX_REFERENCE_CASES",
)
# The languages of the dashboards, and the ISO day on which a week begins where they are spoken.
WEEK_STARTS = {"en": 1, "fa": 6, "ar": 6}
# dlt tells of each page that it reads; the run tells what matters.
QUIET = {"RUNTIME__LOG_LEVEL": "ERROR"}
# Some guests send usage data unless told not to; a user who wants that sets these variables.
TELEMETRY_OFF = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DAGSTER_DISABLE_TELEMETRY": "yes",
    "GX_ANALYTICS_ENABLED": "false",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
}


class SettingsError(ValueError):
    """A setting that cannot be used; the message is one line with the cure in it."""


@dataclass(frozen=True)
class Settings:
    """What one tenant's runs stand on.

    `as_of` is an ISO 8601 text in UTC or ``""`` (the latest accepted event decides); `currency`
    is ``""`` where the currency of most orders decides. `calendar` names the opening hours and
    holidays (reference tables) by which staffed time is reckoned; `week_start` is an ISO day.
    `quarantine_share` is 0..1; `min_cell` and `quarantine_rows` are counts.
    """

    home: Path
    timezone: str = "UTC"
    brand: str = ""
    currency: str = ""
    as_of: str = ""
    calendar: str = "default"
    week_start: int = 1
    min_cell: int = 5
    quarantine_share: float = 0.05
    quarantine_rows: int = 50
    locale: str = "en"
    inputs: tuple[Path, ...] = ()
    sources: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()

    @property
    def config_file(self) -> Path:
        return self.home / CONFIG_FILE

    @property
    def raw(self) -> Path:
        return self.home / "raw.duckdb"

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse.duckdb"

    @property
    def serving(self) -> Path:
        return self.home / "serving.duckdb"

    @property
    def site(self) -> Path:
        return self.home / "site"

    @property
    def data_docs(self) -> Path:
        return self.home / "data_docs"

    @property
    def dbt(self) -> Path:
        return self.home / "dbt"

    @property
    def shape_file(self) -> Path:
        """What the warehouse was last built whole with (fingerprint.shape)."""
        return self.dbt / "shape"

    @property
    def definitions_file(self) -> Path:
        """What its views and seeds were last made from (fingerprint.definitions)."""
        return self.dbt / "definitions"

    @property
    def dagster(self) -> Path:
        return self.home / "dagster"

    @property
    def runs(self) -> Path:
        return self.home / "runs"

    @property
    def metabase_state(self) -> Path:
        """What was applied to which Metabase (publishing.metabase.state)."""
        return self.home / "metabase.json"

    @property
    def lock(self) -> Path:
        return self.home / "writer.lock"

    def shaping(self) -> dict[str, object]:
        """The settings that decide what is computed, checked and shown (not where it lies)."""
        places = ("home", "inputs", "sources")
        names = [f.name for f in fields(self) if f.name not in places]
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class MetabaseSettings:
    """Where and as whom to publish to Metabase; of the environment alone, for its secrets.

    Either `api_key`, or `user` and `password`. `database` is how Metabase reaches the tables
    (`""`: the snapshot under the path it has here); `recipients` are e-mail addresses.
    """

    url: str
    api_key: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    database: str = field(default="", repr=False)
    collection: str = "Customer experience"
    recipients: tuple[str, ...] = field(default=(), repr=False)
    is_embedded: bool = False


def metabase_settings() -> MetabaseSettings:
    """How to publish to Metabase.

    Raises:
        SettingsError: the address or the account is missing, or a value cannot be used.
    """
    given = {
        name: os.environ.get(f"CX_METABASE_{name.upper()}", "").strip()
        for name in ("url", "api_key", "user", "password", "database", "collection")
    }
    if not given["url"]:
        raise SettingsError(
            "CX_METABASE_URL is not set; give Metabase's address such as https://bi.example.com"
        )
    if not given["api_key"] and not (given["user"] and given["password"]):
        raise SettingsError(
            "CX_METABASE_API_KEY is not set; make a key in Metabase (Admin, Settings, "
            "Authentication, API keys, group Administrators), or set CX_METABASE_USER and "
            "CX_METABASE_PASSWORD"
        )
    listed = os.environ.get("CX_METABASE_RECIPIENTS", "").split(",")
    recipients = tuple(address.strip() for address in listed if address.strip())
    if not all(re.fullmatch(r"[^@\s]+@[^@\s]+", address) for address in recipients):
        raise SettingsError("CX_METABASE_RECIPIENTS is a list of e-mail addresses with commas")
    embedding = os.environ.get("CX_METABASE_EMBEDDING", "0").strip() or "0"
    if embedding not in ("0", "1"):
        raise SettingsError(f"CX_METABASE_EMBEDDING is {embedding!r}; give 1 or 0")
    chosen = {name: value for name, value in given.items() if value}
    return MetabaseSettings(recipients=recipients, is_embedded=embedding == "1", **chosen)


def silence_telemetry() -> None:
    """Turn every guest's usage reports off, unless the user has set the variable himself."""
    for name, value in {**TELEMETRY_OFF, **QUIET}.items():
        os.environ.setdefault(name, value)


def environment() -> dict[str, str]:
    """A copy of the process environment, for a child process."""
    return dict(os.environ)


def set_environment(values: Mapping[str, str]) -> None:
    """Set variables for guests that can be told things in no other way (dbt profiles, Dagster)."""
    os.environ.update(values)


def unknown_variables(names: Iterable[str] | None = None) -> list[str]:
    """A line for each variable that looks like a setting and is none, with what may be meant.

    Args:
        names: those to look at; None takes the environment's.
    """
    known = {*_OTHER_VARIABLES, *(f"CX_{name.upper()}" for name in _PARSERS)}
    given = os.environ if names is None else names
    strange = sorted(name for name in given if name.startswith("CX_") and name not in known)
    return [
        f"{name} in the environment is no setting and changes nothing{did_you_mean(name, known)}"
        for name in strange
    ]


def load_settings(home: Path | None = None) -> Settings:
    """The settings of one home.

    Args:
        home: the tenant's folder; None takes `CX_HOME`, else `.cx` in the project.

    Raises:
        SettingsError: a value is not usable, or `cx.toml` cannot be read.
    """
    where = (home or Path(os.environ.get("CX_HOME") or DEFAULT_HOME)).expanduser().resolve()
    if where.exists() and not where.is_dir():
        raise SettingsError(f"CX_HOME is {where}, which is a file; name a folder")
    config = _read_config(where / CONFIG_FILE)
    table = config.get("settings", {})
    values: dict[str, object] = {}
    for name, parse in _PARSERS.items():
        variable = f"CX_{name.upper()}"
        if os.environ.get(variable, "") != "":
            values[name] = _parsed(parse, os.environ[variable], variable, "the environment")
        elif name in table:
            text = str(table[name])
            values[name] = _parsed(parse, text, variable, f"[settings] of {where / CONFIG_FILE}")
    values.setdefault("week_start", WEEK_STARTS[str(values.get("locale", "en"))])
    _given_secret()
    listed: Any = config.get("sources", {}).get("inputs", [])
    inputs = tuple(Path(folder).expanduser() for folder in listed)
    sources = _accounts(config.get("sources", {}))
    return Settings(home=where, inputs=inputs, sources=sources, **values)  # type: ignore[arg-type]


def _accounts(table: Mapping[str, object]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """`[sources.<name>]` as texts; connections.py makes sense of them."""
    return tuple(
        (name, tuple((key, str(value)) for key, value in account.items()))
        for name, account in sorted(table.items())
        if isinstance(account, dict)
    )


def source_secrets(settings: Settings, source: str, names: Iterable[str]) -> dict[str, str]:
    """The secrets of an account that are set: in the environment, else in dlt's secrets file.

    Raises:
        SettingsError: the file cannot be read, or others than its owner can read it, or a secret
            holds what no header of a request can.
    """
    path = settings.home / ".dlt" / "secrets.toml"
    stored: dict[str, Any] = {}
    if path.exists():
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path} can be read by others; run `chmod 600 {path}`")
        try:
            stored = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path} is not valid TOML; mend it") from error
    kept = stored
    for part in ("sources", source):
        kept = kept.get(part, {})
        if not isinstance(kept, dict):
            raise SettingsError(
                f'{path}: write a table [sources.{source}] with lines like token = "..."'
            )
    given = {
        name: os.environ.get(f"SOURCES__{source}__{name}".upper(), "") or str(kept.get(name, ""))
        for name in names
    }
    for name, value in given.items():
        if not (value.strip().isascii() and value.strip().isprintable()):
            raise SettingsError(
                f"the secret {name} of {source} holds a line break or other signs that no secret "
                "has; copy it again"
            )
    return {name: value.strip() for name, value in given.items() if value.strip()}


def hash_key(settings: Settings) -> str:
    """The secret behind keys and hashes of people: `CX_HASH_KEY`, else made once in the home.

    Raises:
        SettingsError: the key cannot be used, or it is gone from a home that stands on it.
    """
    if given := _given_secret():
        return given
    path = settings.home / "hash.key"
    if not path.exists():
        if _stands_on_a_key(settings.raw):
            raise SettingsError(
                f"{path} is gone, and {settings.raw} stands on it; restore it from a backup, or "
                "set CX_HASH_KEY to the same secret (a new one would give every customer a new "
                "customer_key: for that, begin with a new CX_HOME)"
            )
        _make_key(path)
    key = path.read_text(encoding="utf-8").strip()
    if len(key) < _LEAST_SECRET:
        raise SettingsError(
            f"{path} holds no usable key; restore it from a backup, or set CX_HASH_KEY "
            "(a new key gives every customer a new customer_key)"
        )
    return key


def postgres_target() -> tuple[str, str]:
    """Where `cx publish postgres` copies to: a connection string of libpq, and a schema.

    From the environment alone: the string holds a password.

    Raises:
        SettingsError: no server is named, or the schema cannot be one.
    """
    url = os.environ.get("CX_POSTGRES_URL", "").strip()
    if not url:
        raise SettingsError(
            "CX_POSTGRES_URL is not set; give the server such as "
            "postgresql://user:password@host:5432/database"
        )
    schema = os.environ.get("CX_POSTGRES_SCHEMA", "").strip() or "marts"
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", schema) or schema.startswith("pg_"):
        raise SettingsError(f"CX_POSTGRES_SCHEMA is {schema!r}; give a name such as marts")
    return url, schema


def _given_secret() -> str:
    given = os.environ.get("CX_HASH_KEY", "")
    if given and len(given) < _LEAST_SECRET:
        raise SettingsError(
            f"CX_HASH_KEY is shorter than {_LEAST_SECRET} characters; give a longer secret"
        )
    return given


def _stands_on_a_key(raw: Path) -> bool:
    """Whether raw.duckdb holds what a key was made into; one that cannot be read is taken to."""
    if not raw.exists():
        return False
    try:
        with duckdb.connect(str(raw), read_only=True) as connection:
            query = "from duckdb_tables() where schema_name = 'private' and table_name = 'hash_key'"
            if not connection.execute(query).fetchall():
                return False
            return bool(connection.execute("from private.hash_key").fetchall())
    except duckdb.Error:
        return True


def _make_key(path: Path) -> None:
    """The file is born with mode 0600 and its name appears only when it is whole, so two first
    runs cannot end with two keys.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"hash.key.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secrets.token_hex(32) + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another first run was quicker: its key holds
    finally:
        draft.unlink()


def begin_config(settings: Settings, *, brand: str) -> None:
    """Begin `cx.toml` with a brand; one that is there stays as its owner wrote it."""
    path = settings.home / CONFIG_FILE
    if not path.exists():
        settings.home.mkdir(parents=True, exist_ok=True)
        text = f"[settings]\nbrand = {json.dumps(brand, ensure_ascii=False)}\n"
        path.write_text(text, encoding="utf-8")


def remember_inputs(settings: Settings, folders: Sequence[Path]) -> tuple[Path, ...]:
    """Add input folders to `cx.toml`, keeping the user's own lines; returns all of them."""
    wanted = [*settings.inputs]
    wanted += [path for path in (f.resolve() for f in folders) if path not in wanted]
    if tuple(wanted) == settings.inputs:
        return settings.inputs
    path = settings.home / CONFIG_FILE
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    after = _with_inputs(before, [str(folder) for folder in wanted])
    expected = _parse_config(before, path)
    expected.setdefault("sources", {})["inputs"] = [str(folder) for folder in wanted]
    if not _says(after, expected):
        raise SettingsError(
            f"{path} cannot be extended; write [sources] inputs = {json.dumps(wanted, default=str)}"
            " there yourself"
        )
    settings.home.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{CONFIG_FILE}.draft")
    draft.write_text(after, encoding="utf-8")
    draft.replace(path)
    return tuple(wanted)


def _with_inputs(text: str, folders: Sequence[str]) -> str:
    line = f"inputs = {json.dumps(list(folders), ensure_ascii=False)}"
    section = _SECTION.search(text)
    if section is None:
        lead = "" if text == "" or text.endswith("\n\n") else "\n"
        note = "# Folders that a bare `cx refresh` and the nightly schedule read.\n"
        return f"{text}{lead}[sources]\n{note}{line}\n"
    body = section.group(1)
    body, count = _INPUTS.subn(lambda _: line, body, count=1)
    if count == 0:
        body = f"{line}\n{body}"
    return text[: section.start(1)] + body + text[section.end(1) :]


def _says(text: str, expected: Mapping[str, object]) -> bool:
    try:
        return tomllib.loads(text) == expected
    except tomllib.TOMLDecodeError:
        return False


def _read_config(path: Path) -> dict[str, dict[str, object]]:
    if not path.exists():
        return {}
    return _parse_config(path.read_text(encoding="utf-8"), path)


def _parse_config(text: str, path: Path) -> dict[str, dict[str, object]]:
    try:
        config = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML ({error}); mend or delete it") from error
    known: dict[str, set[str]] = {"settings": set(_PARSERS), "sources": {"inputs"}}
    for section, table in config.items():
        if section not in known or not isinstance(table, dict):
            raise SettingsError(f"{path}: unknown part {section!r}; use [settings] and [sources]")
        for name, value in table.items():
            if name in known[section] or (section == "sources" and isinstance(value, dict)):
                continue
            cure = f"use one of {', '.join(sorted(known[section]))}"
            if name == "hash_key":
                cure = "a secret does not belong there; set CX_HASH_KEY in the environment"
            raise SettingsError(f"{path}: unknown setting [{section}] {name}; {cure}")
    folders = config.get("sources", {}).get("inputs", [])
    if not isinstance(folders, list) or not all(isinstance(item, str) for item in folders):
        raise SettingsError(f"{path}: [sources] inputs is a list of folder names in quotes")
    return config


def _parsed(parse: Callable[[str], object], text: str, name: str, origin: str) -> object:
    try:
        return parse(text.strip())
    except ValueError as error:
        raise SettingsError(f"{name} is {text!r} in {origin}; {error}") from error


def _zone(text: str) -> str:
    message = "give an IANA time zone such as UTC or Europe/Berlin"
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(message) from error
    if text != "UTC" and text not in _zones_of_duckdb():
        raise ValueError(message)
    return text


@cache
def _zones_of_duckdb() -> frozenset[str]:
    """The zones that SQL can reckon in: Python finds some more on disk, such as right/UTC."""
    with duckdb.connect() as connection:
        rows = connection.execute("select name from pg_timezone_names()").fetchall()
    return frozenset(str(name) for (name,) in rows)


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("give a date or time such as 2025-06-30 or 2025-06-30T00:00Z") from error
    if moment.year not in _YEARS:
        raise ValueError(f"give a time between {_YEARS[0]} and {_YEARS[-1]}")
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(sep=" ")


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise ValueError("give a three-letter ISO 4217 code such as EUR")
    return text


def _brand(text: str) -> str:
    if not text or len(text) > 80 or not text.isprintable():
        raise ValueError("give a name of 1 to 80 printable characters")
    return text


def _locale(text: str) -> str:
    if text not in WEEK_STARTS:
        raise ValueError(f"give a language of the dashboards: {', '.join(WEEK_STARTS)}")
    return text


def _calendar(text: str) -> str:
    if not re.fullmatch(r"\w{1,40}", text):
        raise ValueError("give the name of a calendar of business_hours such as sat_to_wed")
    return text


def _weekday(text: str) -> int:
    if text not in {"1", "2", "3", "4", "5", "6", "7"}:
        raise ValueError("give an ISO day: 1 for Monday, 6 for Saturday, 7 for Sunday")
    return int(text)


def _share(text: str) -> float:
    message = "give a share between 0 and 1 such as 0.05"
    try:
        share = float(text)
    except ValueError as error:
        raise ValueError(message) from error
    if not 0 <= share <= 1:
        raise ValueError(message)
    return share


def _count_from(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise ValueError(f"give a whole number of at least {least}")
        return int(text)

    return parse


_PARSERS: dict[str, Callable[[str], object]] = {
    "timezone": _zone,
    "brand": _brand,
    "currency": _currency,
    "as_of": _moment,
    "calendar": _calendar,
    "week_start": _weekday,
    "min_cell": _count_from(1),
    "quarantine_share": _share,
    "quarantine_rows": _count_from(0),
    "locale": _locale,
}
