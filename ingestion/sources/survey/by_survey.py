"""What survey systems have in common: a list of surveys, and all else is asked for by each of them.

A survey that the account may not read, or that has gone since it was listed, is left out and told:
the others still land.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingestion.fetching.complaint import ChangedShape, status_of
from ingestion.fetching.cursor import asked_from, cursors, further
from ingestion.fetching.model import LeftOut, Span

if TYPE_CHECKING:
    from dlt.extract import DltResource

_OF_ONE_SURVEY = (403, 404)

Record = dict[str, Any]


def by_survey(
    listed: DltResource,
    span: Span,
    *,
    definitions: str,
    changed_at: str,
    defined: Callable[[Record], Iterable[Record]],
    answered: Callable[[str, datetime], Iterator[list[Record]]],
    answered_at: Callable[[Record], object],
    lag: timedelta,
) -> Sequence[DltResource]:
    """The tables `definitions` and `responses`, by the surveys that are `listed`.

    A survey is `defined` again when its time in the field `changed_at` is another. What was
    `answered` to the survey of an id since a moment has each a time, `answered_at`, by which the
    survey's own cursor moves once all of it has been read.
    """
    import dlt

    def definitions_of(page: list[Record]) -> Iterator[list[Record] | LeftOut]:
        seen = cursors(definitions, span)
        for survey in page:
            if not survey.get("id"):
                yield LeftOut("one without an id", ChangedShape("id"))
                continue
            changed = survey.get(changed_at)
            if changed is None or seen.get(survey["id"]) != changed:
                yield from _unless_refused(survey["id"], _defined(survey, seen))

    def _defined(survey: Record, seen: dict[str, str]) -> Iterator[list[Record]]:
        yield list(defined(survey))
        seen[survey["id"]] = survey.get(changed_at, "")

    def responses_of(page: list[Record]) -> Iterator[list[Record] | LeftOut]:
        known = cursors("responses", span)
        for survey in page:
            if survey.get("id"):
                yield from _unless_refused(survey["id"], _answered(survey["id"], known))

    def _answered(survey: str, known: dict[str, str]) -> Iterator[list[Record]]:
        reached = known.get(survey)
        for found in answered(survey, asked_from(reached, span, lag=lag)):
            reached = further(reached, [answered_at(response) for response in found])
            yield found
        if reached is not None:
            known[survey] = reached

    return [
        dlt.transformer(definitions_of, data_from=listed, name=definitions),
        dlt.transformer(responses_of, data_from=listed, name="responses"),
    ]


def _unless_refused(survey: str, pages: Iterator[list[Record]]) -> Iterator[list[Record] | LeftOut]:
    try:
        yield from pages
    except Exception as error:
        if status_of(error) not in _OF_ONE_SURVEY:
            raise
        yield LeftOut(survey, error)
