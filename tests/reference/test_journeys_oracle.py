"""Issues and journeys against a second computation: one contact after the other, in Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given

from .conftest import SqlProject
from .contacts import (
    MANY,
    Contact,
    contact_lists,
    create_models,
    issues_of,
    load,
    status_of,
    visits_of,
    walks_of,
)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        create_models(connection, SqlProject())
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return sorted(connection.execute(query).fetchall())


@MANY
@given(contacts=contact_lists())
def test_issues(warehouse: duckdb.DuckDBPyConnection, contacts: list[Contact]) -> None:
    load(warehouse, contacts)
    expected = sorted(
        (story.contacts[0].key, tuple(sorted(c.key for c in story.contacts)), *story.judged())
        for story in issues_of(contacts)
    )
    computed = rows(
        warehouse,
        "select first_touchpoint_id, list_sort(list(touchpoint_id)), any_value(switches), "
        "any_value(switches_judged), any_value(restarts) from int_contact_issues "
        "inner join fct_issues using (issue_id) group by first_touchpoint_id, issue_id",
    )
    assert [(first, tuple(keys), *judged) for first, keys, *judged in computed] == expected


@MANY
@given(contacts=contact_lists())
def test_journeys(warehouse: duckdb.DuckDBPyConnection, contacts: list[Contact]) -> None:
    load(warehouse, contacts)
    expected = sorted(
        (
            walk.contacts[0].key,
            tuple(sorted(c.key for c in walk.contacts)),
            status_of(walk),
            len({c.touchpoint for c in walk.contacts}),
            *walk.judged(),
        )
        for walk in walks_of(contacts)
    )
    computed = rows(
        warehouse,
        "select first_touchpoint_id, list_sort(list(touchpoint_id)), any_value(status), "
        "any_value(stages_reached), any_value(switches), any_value(switches_judged), "
        "any_value(restarts) from int_contact_journeys "
        "inner join fct_journeys using (journey_id) group by first_touchpoint_id, journey_id",
    )
    assert [(first, tuple(keys), *rest) for first, keys, *rest in computed] == expected


@MANY
@given(contacts=contact_lists())
def test_stage_visits(warehouse: duckdb.DuckDBPyConnection, contacts: list[Contact]) -> None:
    load(warehouse, contacts)
    expected = []
    for walk in walks_of(contacts):
        visits = visits_of(walk)
        ends = [entered_at for _, _, entered_at, _ in visits[1:]]
        for place, (stage, number, entered_at, n) in enumerate(visits):
            left_at = ends[place] if place < len(ends) else None
            is_censored = left_at is None and status_of(walk) == "open"
            first = walk.contacts[0].key
            expected.append((first, place + 1, stage, number, entered_at, left_at, is_censored, n))
    computed = rows(
        warehouse,
        "select first_touchpoint_id, visit_number, stages.stage, visit, entered_at, left_at, "
        "is_censored, contacts from fct_journey_stages as stages inner join int_contact_journeys "
        "as firsts on stages.journey_id = firsts.journey_id and firsts.contact_number = 1",
    )
    assert computed == sorted(expected)
