"""Paths, conformance and funnels against a second computation: walk by walk, person by person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median

import duckdb
import pytest
from hypothesis import given

from .conftest import SqlProject
from .contacts import (
    AS_OF,
    MANY,
    STAGES,
    TOUCHPOINTS,
    Contact,
    Story,
    contact_lists,
    create_models,
    load,
    stage_of,
    status_of,
    walks_of,
)

MOST_STEPS = 5
EMPLOYEE = 2
# funnel: steps as (stage, touchpoint); within so many days of the first
FUNNELS: dict[str, tuple[list[tuple[str | None, str | None]], int]] = {
    "buying": ([("look", None), ("buy", None), (None, "receive_point")], 30),
    "helping": ([(None, "call"), ("solved", "solved_point")], 8),
}


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    project = SqlProject(max_path_steps=MOST_STEPS)
    with duckdb.connect() as connection:
        create_models(connection, project)
        connection.execute("""
            create table dim_customers as from (values
                (1, 'gold', false, false), (2, 'gold', false, true), (3, null, false, false)
            ) as people (customer_key, segment, is_test, is_employee);
            create view fct_touchpoints as
                select contacts.*, stage from contacts
                left join ref_touchpoints using (touchpoint);
            create table ref_funnels (
                funnel varchar, step varchar, position integer, stage varchar,
                touchpoint varchar, within_days double
            );
        """)
        for funnel, (steps, days) in FUNNELS.items():
            for place, (stage, touchpoint) in enumerate(steps):
                connection.execute(
                    "insert into ref_funnels values (?, ?, ?, ?, ?, ?)",
                    [funnel, f"step {place}", 10 * place, stage, touchpoint, days],
                )
        for folder, name in (
            ("intermediate/journeys", "int_journey_moves"),
            ("marts/reports", "rpt_path_edges"),
            ("marts/reports", "rpt_conformance"),
            ("marts/reports", "rpt_funnels"),
        ):
            connection.execute(f"create view {name} as {project.model(f'{folder}/{name}.sql')}")
        yield connection


def with_third_person(contacts: list[Contact]) -> list[Contact]:
    """Every other contact of person 1 is person 3's: two people that count."""
    return [
        Contact(**{**vars(c), "person": 3}) if c.person == 1 and c.key % 2 else c for c in contacts
    ]


def counted_walks(contacts: list[Contact]) -> list[Story]:
    return [walk for walk in walks_of(contacts) if walk.contacts[0].person != EMPLOYEE]


def until_goal(walk: Story) -> list[Contact]:
    path = []
    for contact in walk.contacts:
        path.append(contact)
        if stage_of(contact)[3]:
            break
    return path


ENDS = {"completed": "(goal)", "abandoned": "(quit)", "open": "(open)"}


@MANY
@given(contacts=contact_lists())
def test_path_edges(warehouse: duckdb.DuckDBPyConnection, contacts: list[Contact]) -> None:
    contacts = with_third_person(contacts)
    load(warehouse, contacts)
    transitions: Counter[tuple[str, str, str]] = Counter()
    people: dict[tuple[str, str, str], set[int | None]] = defaultdict(set)
    seconds: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for walk in counted_walks(contacts):
        path = until_goal(walk)
        states = ["(start)", *(c.touchpoint for c in path[:MOST_STEPS])]
        states.append("(cut)" if len(path) > MOST_STEPS else ENDS[status_of(walk)])
        for place in range(len(states) - 1):
            edge = (stage_of(path[0])[0], states[place], states[place + 1])
            transitions[edge] += 1
            people[edge].add(path[0].person)
            if 0 < place < len(states) - 2:
                seconds[edge].append((path[place].at - path[place - 1].at).total_seconds())
    departures: Counter[tuple[str, str]] = Counter()
    for (journey, start, _), n in transitions.items():
        departures[journey, start] += n
    computed = warehouse.execute(
        "select journey, from_touchpoint, to_touchpoint, transitions, departures, share, persons, "
        "median_seconds from rpt_path_edges"
    ).fetchall()
    assert {row[:3]: row[3:] for row in computed} == {
        edge: (
            n,
            departures[edge[:2]],
            pytest.approx(n / departures[edge[:2]]),
            len(people[edge]),
            median(seconds[edge]) if edge in seconds else None,
        )
        for edge, n in transitions.items()
    }


def deviations_of(walk: Story) -> list[tuple[str, str]]:
    path = until_goal(walk)
    found = []
    if not stage_of(path[0])[2]:
        found.append(("started_late", TOUCHPOINTS[path[0].touchpoint]))
    stages = [TOUCHPOINTS[c.touchpoint] for c in path]
    visits = [s for place, s in enumerate(stages) if place == 0 or stages[place - 1] != s]
    for place, stage in enumerate(visits):
        position = STAGES[stage][1]
        before = visits[:place]
        if stage in before:
            found.append(("visited_again", stage))
        elif before and position < max(STAGES[s][1] for s in before):
            found.append(("out_of_order", stage))
        if before and position < STAGES[before[-1]][1]:
            found.append(("moved_back", stage))
    first, furthest = STAGES[visits[0]][1], max(STAGES[s][1] for s in visits)
    for stage, (journey, position, _, _) in STAGES.items():
        is_between = first < position < furthest and journey == STAGES[visits[0]][0]
        if is_between and stage not in visits:
            found.append(("skipped", stage))
    return found


@MANY
@given(contacts=contact_lists())
def test_conformance(warehouse: duckdb.DuckDBPyConnection, contacts: list[Contact]) -> None:
    contacts = with_third_person(contacts)
    load(warehouse, contacts)
    occurrences: Counter[tuple[str, str, str]] = Counter()
    walks: Counter[tuple[str, str, str]] = Counter()
    over: Counter[str] = Counter()
    for walk in counted_walks(contacts):
        if status_of(walk) == "open":
            continue
        journey = stage_of(walk.contacts[0])[0]
        over[journey] += 1
        rows: Counter[tuple[str, str, str]] = Counter()
        for deviation, stage in deviations_of(walk):
            rows.update(
                [(journey, deviation, stage), (journey, deviation, "all"), (journey, "any", "all")]
            )
        occurrences.update(rows)
        walks.update(rows.keys())
    computed = warehouse.execute(
        "select journey, deviation, stage, occurrences, numerator, n, value from rpt_conformance"
    ).fetchall()
    found = {row[:3]: row[3:] for row in computed}
    for (journey, deviation, stage), (happened, numerator, n, value) in found.items():
        row = (journey, deviation, stage)
        assert (happened, numerator, n) == (occurrences[row], walks[row], over[journey])
        assert value == pytest.approx(numerator / n)
    assert set(occurrences) <= set(found)
    assert len(found) >= 6 * len(over)


def fits(contact: Contact, step: tuple[str | None, str | None]) -> bool:
    stage, touchpoint = step
    return stage in (None, TOUCHPOINTS[contact.touchpoint]) and touchpoint in (
        None,
        contact.touchpoint,
    )


def steps_reached(
    own: list[Contact], steps: list[tuple[str | None, str | None]], window: timedelta
) -> list[datetime]:
    """When the person reached each step, as far as they came."""
    times: list[datetime] = []
    last: Contact | None = None
    for step in steps:
        candidates = [c for c in own if fits(c, step)]
        if last is not None:
            candidates = [c for c in candidates if c.at >= last.at and c.key != last.key]
            candidates = [c for c in candidates if c.at - times[0] <= window]
        if not candidates:
            break
        last = min(candidates, key=lambda c: (c.at, c.key))
        times.append(last.at)
    return times


@MANY
@given(contacts=contact_lists())
def test_funnels(warehouse: duckdb.DuckDBPyConnection, contacts: list[Contact]) -> None:
    contacts = with_third_person(contacts)
    load(warehouse, contacts)
    reached: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    for funnel, (steps, days) in FUNNELS.items():
        window = timedelta(days=days)
        for person, segment in ((1, "gold"), (3, "unknown")):
            times = steps_reached([c for c in contacts if c.person == person], steps, window)
            if not times or AS_OF - times[0] < window:
                continue
            for place, at in enumerate(times, start=1):
                for member in (segment, "all"):
                    reached[funnel, member, place].append((at - times[0]).total_seconds())
    expected = {
        (funnel, segment, place): (
            len(reached[funnel, segment, 1]),
            len(reached[funnel, segment, place]),
            median(reached[funnel, segment, place]) if reached[funnel, segment, place] else None,
        )
        for funnel, segment, _ in [row for row in reached if row[2] == 1]
        for place in range(1, len(FUNNELS[funnel][0]) + 1)
    }
    computed = warehouse.execute(
        "select funnel, segment, step_number, entrants, reached, median_seconds_to_step "
        "from rpt_funnels"
    ).fetchall()
    assert {row[:3]: row[3:] for row in computed} == expected
