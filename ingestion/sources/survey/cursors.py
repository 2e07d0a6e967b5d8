"""How far each survey has been read: every survey has a cursor of its own.

One cursor for all would stand at the newest change anywhere: a survey that the account may read
from now on would never give what it received before. dlt keeps the cursors with the package, so
that none moves without what it stands for.
"""

from datetime import datetime, timedelta

from ingestion.fetching.model import Span


def cursors(name: str, span: Span) -> dict[str, str]:
    """By survey, to be read and moved in a resource; a backfill does neither."""
    import dlt

    known: dict[str, str] = {} if span.end is not None else dlt.current.resource_state(name)
    return known


def asked_from(newest: str | None, span: Span, *, lag: timedelta) -> datetime:
    """The moment from which on to ask, where `newest` is the newest that was read."""
    if newest is None:
        return span.start
    return max(datetime.fromisoformat(newest) - lag, span.start)
