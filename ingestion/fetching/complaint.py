"""Why a fetch failed: a reason for readers of the dashboards, and a line with the cure for whoever
runs this, which never quotes an address with a query or a body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from zipfile import BadZipFile

from requests import HTTPError, Response
from requests.exceptions import ConnectionError as CannotConnect
from requests.exceptions import JSONDecodeError, RequestException, Timeout

from ingestion.fetching.session import ForeignHost, MustWait

_TROUBLE = 500
_FEW = 10
_LATER = "what was loaded before stays, and the next run asks again"


@dataclass(frozen=True)
class Complaint:
    """`reason` is one of the codes of rpt_source_fetches, `told` says what to do."""

    reason: str
    told: str


_BY_STATUS = {
    400: Complaint("api_changed", "the request was not understood: the API may have changed"),
    401: Complaint("secret_refused", "the secret was refused; make a new one and set it"),
    402: Complaint("plan_lacks_it", "the account's plan does not include this; ask its owner"),
    403: Complaint(
        "right_missing", "the secret may not read this; give its owner the right (scope) to read it"
    ),
    404: Complaint(
        "wrong_address", "there is no such thing at this address; check `url` in cx.toml"
    ),
    410: Complaint(
        "cursor_expired",
        f"the cursor has expired; fetch again from a date: cx refresh --from DATE; {_LATER}",
    ),
    429: Complaint("quota_used_up", f"the quota is used up; {_LATER}"),
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


def complaint(error: BaseException) -> Complaint:
    """What went wrong and what to do. Raises nothing and quotes nothing that was received."""
    known = (found for cause in causes(error) if (found := _of(cause)) is not None)
    if (first := next(known, None)) is not None:
        return first
    for cause in causes(error):
        if isinstance(cause, LookupError | TypeError | ValueError | AttributeError):
            what = f"an answer is not of the shape that is known ({type(cause).__name__})"
            return Complaint("api_changed", f"{what}: it has changed; {_LATER}")
    return Complaint("fetch_failed", f"{type(list(causes(error))[-1]).__name__}; {_LATER}")


def _of(cause: BaseException) -> Complaint | None:
    match cause:
        case HTTPError(response=Response(status_code=status)):
            return _answered(str(status), status)
        case SaidOtherwise(code=code, means=status):
            return _answered(code, status)
        case MustWait(seconds=seconds):
            again = f"the server may be asked again in {-(-seconds // 60)} min"
            return Complaint("quota_used_up", f"the quota is used up; {again}; {_LATER}")
        case ForeignHost():
            told = f"an answer led to another host ({cause}), which was not followed"
            cure = "if that one is yours, name it as `url` in cx.toml"
            return Complaint("wrong_address", f"{told}; {cure}")
        case SuddenlyGone(gone=gone, known=known):
            told = f"{gone:,} of {known:,} are gone at once, which is not believed: they stay"
            cure = "if it is true, withdraw them by rows with is_deleted"
            return Complaint("suddenly_gone", f"{told}; {cure}")
        case ChangedShape():
            told = f"an answer has no `{cause}`: the API has changed"
            return Complaint("api_changed", f"{told}; {_LATER}")
        case JSONDecodeError() | json.JSONDecodeError() | BadZipFile():
            return Complaint("answer_broken", f"an answer broke off or is no JSON; {_LATER}")
        case Timeout():
            return Complaint("unreachable", f"the server did not answer in time; {_LATER}")
        case CannotConnect():
            cure = "check `url` in cx.toml and the network"
            return Complaint("unreachable", f"the server cannot be reached; {cure}; {_LATER}")
        case RequestException() | OSError():
            return Complaint("fetch_failed", f"{type(cause).__name__}; {_LATER}")
    return None


def _answered(said: str, status: int) -> Complaint:
    meant = _BY_STATUS.get(status)
    if meant is None and status >= _TROUBLE:
        meant = Complaint("server_trouble", f"the server is in trouble; {_LATER}")
    if meant is None:
        meant = Complaint("api_changed", f"the request was not accepted; {_LATER}")
    return Complaint(meant.reason, f"the server answered {said}: {meant.told}")


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
