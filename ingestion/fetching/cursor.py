"""How far a table, or each part of it, has been read: the newest time of change among its records.

A cursor is ISO 8601 in UTC, however the system spells its times, so that cursors sort as texts. A
time that cannot be read, or that has not come yet, moves none: one such record would otherwise
stop the table, or hide from every later fetch what really changed.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ingestion.fetching.complaint import ChangedShape
from ingestion.fetching.model import Span, iso

CURSOR = "_cursor_of_fetch"
"""The key under which a record bears its cursor from its page to its landing."""

_FAST_CLOCK = timedelta(days=1)


def moment_of(told: object) -> datetime | None:
    """A time as systems tell it, ISO 8601 or seconds since 1970; without an offset it is UTC."""
    try:
        if isinstance(told, str):
            moment = datetime.fromisoformat(told)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(told, int | float) and not isinstance(told, bool):
            return datetime.fromtimestamp(told, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def cursor_of(told: object) -> str | None:
    """The cursor that a time stands for."""
    moment = moment_of(told)
    if moment is None or moment > datetime.now(UTC) + _FAST_CLOCK:
        return None
    return iso(moment)


def further(known: str | None, told: Sequence[object]) -> str | None:
    """The cursor behind a page whose records tell these times: never before the one known.

    Raises ChangedShape where none of several can be read: one record may be broken, a page is not.
    """
    found = [cursor for each in told if (cursor := cursor_of(each)) is not None]
    if len(told) > 1 and not found:
        raise ChangedShape("time of change that can be read")
    return max([*found, *([known] if known else [])], default=None)


def marked(field: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A step that has a record bear its cursor, None if the time in `field` gives none."""
    return lambda record: {**record, CURSOR: cursor_of(record.get(field))}


def cursors(name: str, span: Span) -> dict[str, Any]:
    """The cursors of a resource that keeps one for each part (survey, site), to be read and moved
    in it; a backfill does neither.

    One cursor for all would stand at the newest change anywhere: a part that the account may read
    from now on would never give what it received before. dlt keeps the cursors with the package,
    so that none moves without what it stands for.
    """
    import dlt  # takes longer to import than a refresh with nothing new

    known: dict[str, Any] = {} if span.end is not None else dlt.current.resource_state(name)
    return known


def asked_from(known: str | None, span: Span, *, lag: timedelta) -> datetime:
    """The moment from which on to ask, where `known` is how far was read."""
    moment = moment_of(known)
    return span.start if moment is None else max(moment - lag, span.start)
