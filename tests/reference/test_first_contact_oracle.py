"""First contact resolution of random contacts, against the definition read word by word."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pytest

from tests.decisions import example

from .conftest import SqlProject

WINDOW = timedelta(days=7)
AS_OF = datetime(2024, 6, 30)  # noqa: DTZ001 - the marts hold UTC without a zone


@dataclass(frozen=True)
class Contact:
    """A contact of a person; `ended` is None while it is open."""

    key: int
    person: int | None
    topic: str | None
    at: datetime
    ended: datetime | None
    is_ticket: bool


def random_contacts(seed: int) -> list[Contact]:
    """Few people, few topics and round days, so that windows touch and times tie."""
    rng = random.Random(seed)
    contacts = []
    for key in range(1, 300):
        at = AS_OF - timedelta(days=rng.randrange(2, 180))
        is_ticket = rng.random() < 0.6
        ended: datetime | None = at
        if is_ticket:
            solved = at + timedelta(days=rng.randrange(9))
            ended = None if rng.random() < 0.1 or solved > AS_OF else solved
        contacts.append(
            Contact(
                key=key,
                person=rng.choice([None, 1, 2, 3, 4, 5]),
                topic=rng.choice([None, "billing", "delivery"]),
                at=at,
                ended=ended,
                is_ticket=is_ticket,
            )
        )
    return contacts


def resolved_at_first_contact(contacts: list[Contact]) -> dict[int, bool]:
    """By first contact of every mature issue: did none follow within the window?

    Mature is what the window has passed of, and what was asked again before that even began.
    """
    found = {}
    for contact in contacts:
        if contact.person is None:
            continue
        others = [
            other
            for other in contacts
            if (other.person, other.topic) == (contact.person, contact.topic)
            and other.key != contact.key
        ]
        earlier = [other for other in others if (other.at, other.key) < (contact.at, contact.key)]
        if any(contact.at <= (other.ended or AS_OF) + WINDOW for other in earlier):
            continue
        end = contact.ended or AS_OF
        later = [other for other in others if (other.at, other.key) > (contact.at, contact.key)]
        asked_before_end = any(other.at < end for other in later)
        is_over = contact.ended is not None and end + WINDOW <= AS_OF
        if is_over or (asked_before_end and contact.at + WINDOW <= AS_OF):
            found[contact.key] = not any(other.at <= end + WINDOW for other in later)
    return found


def load(
    connection: duckdb.DuckDBPyConnection, contacts: list[Contact], as_of: datetime = AS_OF
) -> None:
    """The inputs of the two models, with the columns that they read."""
    people = "null::varchar as segment, null::varchar as persona, null::varchar as country, "
    people += "null::varchar as language, null::varchar as team, null::boolean as context_known"
    resolvable = "null::boolean as is_first_level_resolvable"
    connection.execute(
        "create table given (key bigint, person bigint, topic varchar, began timestamp, "
        "ended timestamp, is_ticket boolean)"
    )
    connection.executemany(
        "insert into given values (?, ?, ?, ?, ?, ?)",
        [[c.key, c.person, c.topic, c.at, c.ended, c.is_ticket] for c in contacts],
    )
    connection.execute(f"""
        create table int_tickets_served as
        select key as ticket_key, person as customer_key, began as created_at, ended as solved_at,
            ended is null as is_open, topic, 'email' as channel, true as is_from_customer,
            false as is_complaint, {resolvable}, {people}
        from given where is_ticket;
        create table int_interactions_resolved as
        select key as touchpoint_id, person as customer_key, began as occurred_at, topic,
            'phone' as channel, 'support_call' as touchpoint, 'support' as stage,
            'call_centre' as environment, 'inbound' as direction, null::double as wait_seconds,
            null::double as duration_seconds, null::decimal(18, 4) as cost,
            null::boolean as handed_over_to_human, {people}
        from given where not is_ticket;
        create table int_as_of as select timestamp '{as_of}' as as_of;
        create table ref_channels (channel varchar, is_assisted boolean);
        create table ref_touchpoints (touchpoint varchar, stage varchar, environment varchar);
        create table int_staffed_days (day date, opens_at timestamp, closes_at timestamp,
            next_opens_at timestamp);
    """)


def create_models(project: SqlProject, connection: duckdb.DuckDBPyConnection) -> None:
    for model in ("int_service_contacts", "int_issues_followed"):
        text = project.model(f"intermediate/service/{model}.sql")
        connection.execute(f"create table {model} as {text}")


@pytest.mark.parametrize("seed", range(5))
def test_first_contact_resolution(
    project: SqlProject, connection: duckdb.DuckDBPyConnection, seed: int
) -> None:
    contacts = random_contacts(seed)
    load(connection, contacts)
    create_models(project, connection)
    rows = connection.sql(
        "select issue_key, is_resolved_first from int_issues_followed where is_mature"
    ).fetchall()
    expected = resolved_at_first_contact(contacts)
    assert 0 < sum(expected.values()) < len(expected)
    assert dict(rows) == expected


def january(day: int) -> datetime:
    return datetime(2024, 1, day, 10)  # noqa: DTZ001 - the marts hold UTC without a zone


@pytest.mark.parametrize(
    ("told", "counted", "solved"),
    example("Solved at the first contact, three ways"),
    ids=lambda cell: cell,
)
def test_example_of_the_decisions(
    project: SqlProject,
    connection: duckdb.DuckDBPyConnection,
    told: str,
    counted: str,
    solved: str,
) -> None:
    """Ana's ticket (and call) as told, on 20 January; the ticket is the first of its issue."""
    days = {
        word: int(day) for word, day in re.findall(r"(ticket of|solved on|call on) the (\d+)", told)
    }
    end = january(days["solved on"]) if "solved on" in days else None
    contacts = [Contact(1, 7, "billing", january(days["ticket of"]), end, is_ticket=True)]
    if "call on" in days:
        call = january(days["call on"])
        contacts.append(Contact(2, 7, "billing", call, call, is_ticket=False))
    load(connection, contacts, january(20))
    create_models(project, connection)
    issues = connection.sql(
        "select issue_key, is_mature, is_resolved_first from int_issues_followed order by issue_key"
    ).fetchall()
    first, *later = issues
    assert counted.startswith(
        "yes" if first[1] and not later else "no" if not first[1] else "ticket"
    )
    if later:
        assert [is_mature for _, is_mature, _ in later] == [False], "the call is not counted yet"
    if first[1]:
        assert solved == ("yes" if first[2] else "no")
    else:
        assert solved == "-"
