"""The HTTP session of one account: patient, never without a timeout, and faithful to its host."""

from __future__ import annotations

import math
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from requests import HTTPError, PreparedRequest, Response, Session
from requests.adapters import BaseAdapter, HTTPAdapter

_TIMEOUT_SECONDS = 60
_ATTEMPTS = 5
_LONGEST_WAIT_SECONDS = 300
_QUOTA_USED_UP = 429
_IN_MILLISECONDS = 10**11
_TURNS_INTO_GET = (301, 302, 303)
_ASK_TO_WAIT = (_QUOTA_USED_UP, 503)


class ForeignHost(Exception):
    """An answer led to another host, which must not see this account's secret."""


class MustWait(Exception):
    """The account may not ask for longer than a refresh waits."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def session_for(url: str, *, patience: float = 1.0) -> Session:
    """A session that waits as the server asks (Retry-After) and goes nowhere but to `url`'s host.

    A wait of more than five minutes is not waited for, nor is the server asked before: MustWait.

    `patience` scales the waits between attempts of a request that failed: 1, 2, 4, 8 seconds.
    """
    from dlt.sources.helpers.requests.retry import Client  # see complaint.py

    client = Client(
        request_timeout=_TIMEOUT_SECONDS,
        request_max_attempts=_ATTEMPTS,
        request_max_retry_delay=_LONGEST_WAIT_SECONDS,
        request_backoff_factor=patience,
        raise_for_status=False,
    )
    session = client.session
    session.headers["User-Agent"] = "cx-metrics-warehouse"
    parts = urlsplit(url)
    # The longest prefix holds: everything else is refused, also the target of a redirect.
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Closed())
    session.mount(f"{parts.scheme}://{parts.netloc}/", _Told())
    return session


class _Told(HTTPAdapter):
    """Retries know Retry-After in whole seconds alone: some tell a fraction, some say as a time
    when their quota is full again. And a question that is sent elsewhere would lose what it asks
    for on the way: the answer would be another list."""

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        response = super().send(request, *args, **kwargs)
        if request.method == "POST" and response.status_code in _TURNS_INTO_GET:
            led_to = urlsplit(urljoin(request.url or "", response.headers.get("Location", "")))
            if led_to.netloc == urlsplit(request.url or "").netloc:
                raise HTTPError(response=response)
        wait = response.headers.get("Retry-After", "")
        if re.fullmatch(r"\s*[0-9]+\.[0-9]+\s*", wait):
            response.headers["Retry-After"] = str(math.ceil(float(wait)))
        full_again = response.headers.get("X-RateLimit-Reset", "")
        if response.status_code == _QUOTA_USED_UP and full_again.isdecimal():
            moment = int(full_again) // (1000 if int(full_again) > _IN_MILLISECONDS else 1)
            seconds = moment + 1 - int(time.time())
            if seconds > 0:
                response.headers.setdefault("Retry-After", str(seconds))
        if response.status_code in _ASK_TO_WAIT:
            seconds = _seconds_to_wait(response.headers.get("Retry-After", ""))
            if seconds > _LONGEST_WAIT_SECONDS:
                raise MustWait(seconds)
        return response


def _seconds_to_wait(told: str) -> int:
    """Retry-After: seconds, or a date; 0 for neither."""
    if told.strip().isdecimal():
        return int(told)
    try:
        return int(parsedate_to_datetime(told).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0


class _Closed(BaseAdapter):
    """Refuses every request."""

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        del args, kwargs
        raise ForeignHost(urlsplit(request.url or "").netloc)

    def close(self) -> None:
        """Nothing is open."""
