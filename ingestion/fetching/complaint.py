"""Why a fetch failed, in a line with the cure: never an address with a query, never a body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from zipfile import BadZipFile

from requests import HTTPError
from requests.exceptions import ConnectionError as CannotConnect
from requests.exceptions import JSONDecodeError, RequestException, Timeout

from ingestion.fetching.session import ForeignHost, MustWait

_TROUBLE = 500
_FEW = 10
_LATER = "what was loaded before stays, and the next run asks again"
_CURES = {
    400: "the request was not understood: the API may have changed",
    401: "the secret was refused; make a new one and set it",
    402: "the account's plan does not include this; ask its owner",
    403: "the secret may not read this; give its owner the right (scope) to read it",
    404: "there is no such thing at this address; check `url` in cx.toml",
    410: f"the cursor has expired; fetch again from a date: cx refresh --from DATE; {_LATER}",
    429: f"the quota is used up; {_LATER}",
}


class ChangedShape(Exception):
    """An answer without the part that holds the records."""


class SuddenlyGone(Exception):
    """So much is gone at once that it is taken for a fault of the system."""

    def __init__(self, gone: int, known: int) -> None:
        super().__init__(gone, known)
        self.gone, self.known = gone, known


def require_believable(gone: int, *, known: int) -> None:
    """Raises SuddenlyGone where more than a few, and most of those known, are missing at once."""
    if gone > _FEW and gone > known / 2:
        raise SuddenlyGone(gone, known)


class SaidOtherwise(Exception):
    """An answer whose own code says what its status does not.

    `code` is one that we know by name, `means` the status that would have said it.
    """

    def __init__(self, code: str, means: int) -> None:
        super().__init__(code)
        self.code = code
        self.means = means


def complaint(error: BaseException) -> str:
    """What went wrong and what to do. Raises nothing and quotes nothing that was received."""
    for cause in causes(error):
        if isinstance(cause, HTTPError) and cause.response is not None:
            status = cause.response.status_code
            return f"the server answered {status}: {_cure(status)}"
        if isinstance(cause, SaidOtherwise):
            return f"the server answered {cause.code}: {_cure(cause.means)}"
        if isinstance(cause, MustWait):
            minutes = -(-cause.seconds // 60)
            return f"the quota is used up; the server may be asked again in {minutes} min; {_LATER}"
        if isinstance(cause, ForeignHost):
            return (
                f"an answer led to another host ({cause}), which was not followed; "
                "if that one is yours, name it as `url` in cx.toml"
            )
        if isinstance(cause, SuddenlyGone):
            return (
                f"{cause.gone:,} of {cause.known:,} are gone at once, which is not believed: they "
                "stay; if it is true, withdraw them by rows with is_deleted"
            )
        if isinstance(cause, ChangedShape):
            return f"an answer has no `{cause}`: the API has changed; {_LATER}"
        if isinstance(cause, JSONDecodeError | json.JSONDecodeError | BadZipFile):
            return f"an answer broke off or is no JSON; {_LATER}"
        if isinstance(cause, Timeout):
            return f"the server did not answer in time; {_LATER}"
        if isinstance(cause, CannotConnect):
            return f"the server cannot be reached; check `url` in cx.toml and the network; {_LATER}"
        if isinstance(cause, RequestException | OSError):
            return f"{type(cause).__name__}; {_LATER}"
    for cause in causes(error):
        if isinstance(cause, LookupError | TypeError | ValueError | AttributeError):
            name = type(cause).__name__
            return f"an answer is not of the shape that is known ({name}): it has changed; {_LATER}"
    return f"{type(list(causes(error))[-1]).__name__}; {_LATER}"


def _cure(status: int) -> str:
    trouble = "the server is in trouble" if status >= _TROUBLE else "the request was not accepted"
    return _CURES.get(status, f"{trouble}; {_LATER}")


def status_of(error: BaseException) -> int | None:
    """The status with which a server refused; None where none is what went wrong."""
    for cause in causes(error):
        if isinstance(cause, HTTPError) and cause.response is not None:
            return int(cause.response.status_code)
        if isinstance(cause, SaidOtherwise):
            return cause.means
    return None


def is_told_to_wait(error: BaseException) -> bool:
    """Whether the account may not be asked again for longer than a refresh waits."""
    return any(isinstance(cause, MustWait) for cause in causes(error))


def is_of_account(error: BaseException) -> bool:
    """Whether this may well befall whatever else is asked: no valid secret, no quota, no line."""
    status = status_of(error)
    if status is not None:
        return status in (401, 429)
    return any(isinstance(cause, CannotConnect | Timeout) for cause in causes(error))


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, dlt's own wrappings first."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
