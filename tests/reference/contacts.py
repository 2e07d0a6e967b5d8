"""Made-up contacts, and their issues and walks through journeys: one contact after the other.

The models find where a story begins with window functions over all contacts at once; here every
person's contacts are walked through in time, with the rules applied as metrics.md words them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import duckdb
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from .conftest import SqlProject

AS_OF = datetime(2025, 3, 1)  # noqa: DTZ001 - the marts hold UTC without a zone
ISSUE_GAP = timedelta(days=7)
QUIT_AFTER = timedelta(days=30)
STAGES = {
    "look": ("buying", 1, True, False),
    "buy": ("buying", 2, True, False),
    "pack": ("buying", 3, False, False),
    "receive": ("buying", 4, False, True),
    "ask": ("helping", 1, True, False),
    "solved": ("helping", 2, True, True),
}
# What contacts are at: a touchpoint of each stage, and one that is no part of a journey.
TOUCHPOINTS = {f"{stage}_point": stage for stage in STAGES} | {"call": "support"}
# Times that tie, and gaps that lie just within and just beyond both limits.
STEPS = [timedelta(), timedelta(days=1), ISSUE_GAP, ISSUE_GAP + timedelta(seconds=1)]
STEPS += [QUIT_AFTER, QUIT_AFTER + timedelta(seconds=1)]


@dataclass(frozen=True)
class Contact:
    """One made-up contact."""

    key: int
    person: int | None
    at: datetime
    touchpoint: str
    channel: str
    topic: str | None
    case: str | None
    context_known: bool | None


@dataclass
class Story:
    """The contacts of one issue or of one walk through a journey, in time."""

    contacts: list[Contact] = field(default_factory=list)

    def judged(self) -> tuple[int, int, int | None]:
        """Switches, those of which the context is known, and restarts."""
        switches = judged = lost = 0
        for before, after in zip(self.contacts, self.contacts[1:], strict=False):
            if before.channel == after.channel:
                continue
            switches += 1
            is_same_case = before.case is not None and before.case == after.case
            kept = True if is_same_case else after.context_known
            judged += kept is not None
            lost += kept is False
        return switches, judged, lost if judged or not switches else None


@st.composite
def contact_lists(draw: st.DrawFn) -> list[Contact]:
    contacts = []
    at = datetime(2024, 10, 1)  # noqa: DTZ001
    keys = draw(st.permutations(range(1, draw(st.integers(2, 26)))))
    for key in keys:
        at += draw(st.sampled_from(STEPS))
        contacts.append(
            Contact(
                key=key,
                person=draw(st.sampled_from([1, 1, 1, 2, None])),
                at=at,
                touchpoint=draw(st.sampled_from(sorted(TOUCHPOINTS))),
                channel=draw(st.sampled_from(["web", "phone"])),
                topic=draw(st.sampled_from(["app", None])),
                case=draw(st.sampled_from(["K1", "K2", None])),
                context_known=draw(st.sampled_from([True, False, None])),
            )
        )
    return contacts


# ------------------------------------------------------------------ the second computation


def issues_of(contacts: list[Contact]) -> list[Story]:
    stories: list[Story] = []
    current: dict[tuple[int, str | None], Story] = {}
    for contact in sorted(contacts, key=lambda c: (c.at, c.key)):
        if contact.person is None or is_about_nothing(contact):
            continue
        matter = (contact.person, contact.topic)
        story = current.get(matter)
        if story is None or contact.at - story.contacts[-1].at > ISSUE_GAP:
            story = current[matter] = Story()
            stories.append(story)
        story.contacts.append(contact)
    return stories


def is_about_nothing(contact: Contact) -> bool:
    return contact.touchpoint != "call" and contact.topic is None and contact.case is None


def walks_of(contacts: list[Contact]) -> list[Story]:
    stories: list[Story] = []
    current: dict[tuple[int, str], Story] = {}
    reached: dict[tuple[int, str], bool] = defaultdict(bool)
    placed = [c for c in contacts if c.person is not None and TOUCHPOINTS[c.touchpoint] in STAGES]
    for contact in sorted(placed, key=lambda c: (c.at, stage_of(c)[1], c.key)):
        journey, _, is_entry, is_goal = stage_of(contact)
        assert contact.person is not None
        walk = (contact.person, journey)
        story = current.get(walk)
        if (
            story is None
            or contact.at - story.contacts[-1].at > QUIT_AFTER
            or (is_entry and reached[walk])
        ):
            story = current[walk] = Story()
            stories.append(story)
            reached[walk] = False
        story.contacts.append(contact)
        reached[walk] |= is_goal
    return stories


def stage_of(contact: Contact) -> tuple[str, int, bool, bool]:
    return STAGES[TOUCHPOINTS[contact.touchpoint]]


def status_of(walk: Story) -> str:
    if any(stage_of(contact)[3] for contact in walk.contacts):
        return "completed"
    return "abandoned" if AS_OF - walk.contacts[-1].at > QUIT_AFTER else "open"


def visits_of(walk: Story) -> list[tuple[str, int, datetime, int]]:
    """Stage, number of the visit to it, entered at, contacts."""
    visits: list[tuple[str, int, datetime, int]] = []
    numbers: dict[str, int] = defaultdict(int)
    for contact in walk.contacts:
        stage = TOUCHPOINTS[contact.touchpoint]
        if visits and visits[-1][0] == stage:
            stage, number, entered_at, n = visits.pop()
            visits.append((stage, number, entered_at, n + 1))
        else:
            numbers[stage] += 1
            visits.append((stage, numbers[stage], contact.at, 1))
    return visits


# ------------------------------------------------------------------ the models

MANY = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def create_models(connection: duckdb.DuckDBPyConnection, project: SqlProject) -> None:
    """The inputs, empty, and the models of issues and journeys as views on them."""
    connection.execute(f"""
        set threads = 1;
        create table contacts (
            touchpoint_id bigint, customer_key bigint, occurred_at timestamp,
            touchpoint varchar, channel varchar, topic varchar, case_id varchar,
            context_known boolean
        );
        create view int_contacts_unioned as
            select *, 'interactions' as source_entity, 'inbound' as direction,
                null::varchar as campaign_id, null::varchar as team from contacts;
        create table ref_touchpoints (touchpoint varchar, stage varchar);
        create table ref_journeys (
            journey varchar, stage varchar, position integer, is_entry boolean,
            is_goal boolean, quit_after_days double
        );
        create table int_as_of as select timestamp '{AS_OF}' as as_of;
        create table fct_tickets (ticket_key bigint, is_open boolean, solved_at timestamp);
        create table fct_orders (
            order_key bigint, amount decimal(18, 4), refund_amount decimal(18, 4),
            is_purchase boolean
        );
        create table fct_survey_responses (
            touchpoint_id bigint, scale_id varchar, score double, metric varchar,
            scope varchar, is_headline boolean, is_counted boolean
        );
    """)
    connection.executemany("insert into ref_touchpoints values (?, ?)", [*TOUCHPOINTS.items()])
    connection.executemany(
        "insert into ref_journeys values (?, ?, ?, ?, ?, 30)",
        [
            (journey, stage, position, is_entry, is_goal)
            for stage, (journey, position, is_entry, is_goal) in STAGES.items()
        ],
    )
    for folder, name in (
        ("intermediate/touchpoints", "int_contact_issues"),
        ("intermediate/touchpoints", "int_contact_journeys"),
        ("marts/core", "fct_issues"),
        ("marts/core", "fct_journeys"),
        ("marts/core", "fct_journey_stages"),
    ):
        connection.execute(f"create view {name} as {project.model(f'{folder}/{name}.sql')}")


def load(connection: duckdb.DuckDBPyConnection, contacts: list[Contact]) -> None:
    connection.execute("delete from contacts")
    connection.executemany(
        "insert into contacts values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (c.key, c.person, c.at, c.touchpoint, c.channel, c.topic, c.case, c.context_known)
            for c in contacts
        ],
    )
