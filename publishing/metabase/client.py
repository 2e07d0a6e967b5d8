"""Metabase's REST interface: one session, one seam (`Client._api`), and errors that name the cure.

A GET is repeated when the server is busy or the line breaks; a write never is. After a write
that went unanswered nobody knows whether it was carried out: the next plan looks, and finds what
was made by its id or mark.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import urlsplit

import requests

log = logging.getLogger(__name__)

# The majors whose shapes the client knows; `v0.63.1` and `v1.63.1` are both major 63.
OLDEST, NEWEST = 58, 65
BUSY = (429, 502, 503, 504)
TRIES = 5
LONGEST_PAUSE_SECONDS = 60.0
_TOLD_CHARACTERS = 300
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")

Body = Mapping[str, Any]


class MetabaseError(RuntimeError):
    """Metabase did not do what was asked; the run can be repeated."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class MetabaseMisconfigured(MetabaseError):
    """The address, the account or the version cannot be used; a repetition would not help."""


class NotFound(MetabaseError):
    """There is nothing of this id."""


class Conflict(MetabaseError):
    """Somebody else has written in the meantime (409)."""


class Unanswered(MetabaseError):
    """A write was sent and no whole answer came back; it may have been carried out."""


@dataclass(frozen=True)
class Account:
    """An API key, or a user and password that open a session."""

    api_key: str = ""
    user: str = ""
    password: str = ""


class Client:
    """A session with one Metabase.

    Args:
        url: its base address, with the sub-path it is served under, if any.
        account: how to sign in; done by the first request.
        timeout: seconds to wait for a connection, and for each part of an answer.
        secrets: texts that no error or log line may show.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        url: str,
        account: Account,
        *,
        timeout: float = 60.0,
        secrets: tuple[str, ...] = (),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not _is_address(url):
            raise MetabaseMisconfigured(
                "CX_METABASE_URL is not an address such as https://bi.example.com/metabase "
                "(a user and password do not belong there)"
            )
        if not re.fullmatch(r"[!-~]*", account.api_key):
            raise MetabaseMisconfigured(
                "CX_METABASE_API_KEY holds a space, a line break or a letter that no key has; "
                "copy it again"
            )
        self.url = url.rstrip("/").removesuffix("/api")
        self.sleep = sleep
        self.user_id = 0  # known after sign_in
        self._timeout = timeout
        self._account = account
        self._secrets = [s for s in (account.api_key, account.password, *secrets) if s]
        self._session = requests.Session()
        self._session.headers["Accept"] = "application/json"
        if account.api_key:
            self._session.headers["x-api-key"] = account.api_key

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if "X-Metabase-Session" in self._session.headers:
            try:
                self._api("DELETE", "/api/session")
            except MetabaseError as error:
                log.info("the session was not closed: %s", error)
        self._session.close()

    def sign_in(self) -> int:
        """Check version and account; returns the version's major.

        Raises:
            MetabaseMisconfigured: the version is not supported, or the account is refused.
        """
        try:
            properties = self.get("/api/session/properties")
        except NotFound as error:
            raise MetabaseMisconfigured(
                f"there is no Metabase at {self.url}; check CX_METABASE_URL, with the sub-path if "
                "Metabase lies under one",
                status=error.status,
            ) from error
        major = self._major(str(properties.get("version", {}).get("tag", "")))
        if not self._account.api_key:
            body = {"username": self._account.user, "password": self._account.password}
            try:
                answer = self._api("POST", "/api/session", body=body)
            except MetabaseError as error:
                if error.status not in (400, 401):
                    raise
                raise MetabaseMisconfigured(
                    f"{self.url} refuses the user of CX_METABASE_USER; check it and "
                    "CX_METABASE_PASSWORD (several failures lock it for a while)",
                    status=error.status,
                ) from error
            self._session.headers["X-Metabase-Session"] = answer["id"]
            self._secrets.append(answer["id"])
        user = self.get("/api/user/current")
        if not user["is_superuser"]:
            raise MetabaseMisconfigured(
                "the Metabase account is no administrator, and connections, groups and permissions "
                "are theirs to set; put its API key in the group Administrators"
            )
        self.user_id = int(user["id"])
        return major

    def get(self, path: str, **params: Any) -> Any:
        return self._api("GET", path, params=params)

    def find(self, path: str, **params: Any) -> Any | None:
        """As `get`; None where there is nothing."""
        try:
            return self.get(path, **params)
        except NotFound:
            return None

    def post(self, path: str, body: Body | None = None) -> Any:
        return self._api("POST", path, body=body)

    def put(self, path: str, body: Body) -> Any:
        return self._api("PUT", path, body=body)

    def _api(
        self,
        method: str,
        path: str,
        *,
        body: Body | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Any:
        """The one door to the server: every request goes through it.

        Raises:
            MetabaseError: one of its kinds, by what can be done about it.
        """
        tries = TRIES if method == "GET" else 1
        for attempt in range(1, tries + 1):
            is_last = attempt == tries
            begun = time.monotonic()
            try:
                response = self._session.request(
                    method,
                    self.url + path,
                    json=body,
                    params=_query(params or {}),
                    timeout=self._timeout,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                log.info("%s %s: %s", method, path, type(error).__name__)
                if is_last:
                    raise self._unanswered(method, path, error) from None
                self.sleep(_pause(attempt))
                continue
            took = time.monotonic() - begun
            log.info("%s %s: %s in %.3f s", method, path, response.status_code, took)
            if response.status_code not in BUSY or is_last:
                return self._answer(method, path, response)
            self.sleep(_retry_after(response.headers.get("Retry-After")) or _pause(attempt))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _answer(self, method: str, path: str, response: requests.Response) -> Any:
        status = response.status_code
        if status >= 300:
            raise self._refusal(method, path, response)
        if status == 204 or not response.content:
            return None
        try:
            return response.json()
        except requests.JSONDecodeError:
            kind = Unanswered if method != "GET" else MetabaseMisconfigured
            raise kind(
                f"{method} {self.url}{path} answered {status} with what is no JSON; is "
                "CX_METABASE_URL the address of Metabase itself, with its sub-path?",
                status=status,
            ) from None

    def _refusal(self, method: str, path: str, response: requests.Response) -> MetabaseError:
        status = response.status_code
        where = f"{method} {self.url}{path}: {status}"
        said = self._redacted(_said(response))
        if 300 <= status < 400:
            to = self._redacted(response.headers.get("Location", "elsewhere"))
            return MetabaseMisconfigured(
                f"{where}, Metabase lives at {to}; set CX_METABASE_URL to that", status=status
            )
        if status == 401:
            return MetabaseMisconfigured(
                f"{where}, not signed in; check CX_METABASE_API_KEY, or CX_METABASE_USER and "
                "CX_METABASE_PASSWORD",
                status=status,
            )
        if status == 403:
            return MetabaseMisconfigured(
                f"{where}, not allowed; the account of CX_METABASE_API_KEY must be in the group "
                "Administrators",
                status=status,
            )
        if status == 404:
            return NotFound(f"{where}, not there ({said})", status=status)
        if status == 409:
            return Conflict(
                f"{where}, somebody has written in the meantime ({said}); run it again",
                status=status,
            )
        cure = "run it again later" if status in BUSY or status >= 500 else "see Metabase's log"
        return MetabaseError(f"{where}, {said}; {cure}", status=status)

    def _unanswered(self, method: str, path: str, error: requests.RequestException) -> Exception:
        why = "no answer in time" if isinstance(error, requests.Timeout) else "the line broke"
        if isinstance(error, requests.exceptions.SSLError):
            return MetabaseMisconfigured(
                f"{self.url} shows no certificate that this machine trusts; set "
                "REQUESTS_CA_BUNDLE to your authority's certificates"
            )
        if method == "GET":
            return MetabaseError(
                f"GET {self.url}{path}: {why}, {TRIES} times; check that Metabase runs and that "
                "CX_METABASE_URL is right, then run it again"
            )
        return Unanswered(
            f"{method} {self.url}{path}: {why}; it may have been carried out. Run it again: what "
            "was made is found, and nothing is made twice"
        )

    def _major(self, tag: str) -> int:
        found = re.match(r"v?[01]\.(\d+)", tag)
        if found and OLDEST <= int(found[1]) <= NEWEST:
            return int(found[1])
        raise MetabaseMisconfigured(
            f"{self.url} is Metabase {tag or 'of an unknown version'}; cx publishes to {OLDEST} to "
            f"{NEWEST}: upgrade Metabase, or cx"
        )

    def _redacted(self, text: str) -> str:
        """A text of the server as it may be told: no secret, no address of a person."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return _ADDRESS.sub("***", text)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # a port that is no number is told by asking for it
        return bool(
            parts.scheme in ("http", "https")
            and parts.hostname
            and not parts.username
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        return False


def _said(response: requests.Response) -> str:
    """What the server says of a refusal: a text, or an object of messages."""
    try:
        body = response.json()
    except requests.JSONDecodeError:
        body = response.text
    if isinstance(body, dict):
        told = [str(body[name]) for name in ("message", "errors", "cause") if body.get(name)]
        body = "; ".join(told)
    return " ".join(str(body).split())[:_TOLD_CHARACTERS] or "no reason given"


def _query(params: Mapping[str, Any]) -> dict[str, Any]:
    """Query parameters as Metabase writes them: `true`, not `True`; dashes, not underscores."""
    return {
        name.replace("__", "-"): str(value).lower() if isinstance(value, bool) else value
        for name, value in params.items()
    }


def _pause(attempt: int) -> float:
    return min(0.5 * 2.0 ** (attempt - 1), LONGEST_PAUSE_SECONDS)


def _retry_after(header: str | None) -> float | None:
    """Seconds that the server asks for: given as a number, or as the date to wait for."""
    if not header:
        return None
    if header.strip().isdecimal():
        return min(float(header), LONGEST_PAUSE_SECONDS)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    seconds = float((moment - datetime.now(UTC)).total_seconds()) if moment.tzinfo else 0.0
    return min(max(seconds, 0.0), LONGEST_PAUSE_SECONDS) or None
