"""Intercom's records from its API to the columns of the contract, each row worked out by hand."""

from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.sample_company.vendors import intercom as vendor_records
from ingestion.sources.support import intercom
from tests.contract.intercom import Intercom, epoch, people_of
from tests.contract.landed import account
from tests.contract.vendor_server import TOKEN, serve
from tests.dbt_project.building import Dbt
from tests.dbt_project.connected import (
    asked,
    company,
    newest,
    quarantined,
    stage_company,
    stage_days,
    unexplained,
)
from tests.decisions import example

DAY_1, SOLVED, DAY_2 = "2026-01-01T08:00:00Z", "2026-01-01T20:00:00Z", "2026-01-02T09:30:00Z"
# As a number of seconds is written again.
BEGUN, ENDED, LATER = "2026-01-01 08:00:00Z", "2026-01-01 20:00:00Z", "2026-01-02 09:30:00Z"
STATES = example("What a state of a service desk is")
ADMIN, BOT = {"type": "admin", "id": "40"}, {"type": "bot", "id": "99"}


def states() -> dict[str, tuple[str, str, str]]:
    """The decisions' rows of Intercom by the conversation that plays each."""
    told = [row for row in STATES if row[0].startswith("intercom, ")]
    return {f"state-{number}": tuple(row) for number, row in enumerate(told)}  # type: ignore[misc]


def first_day() -> Intercom:
    """A user asks by the messenger and is answered; a lead writes; a teammate writes first."""
    vendor = Intercom()
    vendor.team("30", "delivery")
    vendor.admin("40", team_ids=[30], job_title="agent", name="Ben")
    vendor.company("5f", at=DAY_1, company_id="A1", name="Acme", plan={"id": "1", "name": "gold"},
                   custom_attributes={"country": "IR"})  # fmt: skip
    vendor.contact("a", at=DAY_1, external_id="C1", email="ana@example.com", phone="+98912",
                   companies={"data": [{"type": "company", "id": "5f"}]},
                   location={"type": "location", "country": "Iran", "city": "Tehran"},
                   browser_language="en-US", unsubscribed_from_emails=True,
                   custom_attributes={"country": "IR", "shoe_size": 38})  # fmt: skip
    vendor.contact("b", at=DAY_1, role="lead", email="lead@example.com")
    vendor.conversation(
        "1",
        at=DAY_1,
        state="closed",
        priority="priority",
        admin_assignee_id=40,
        team_assignee_id=30,
        contacts=people_of("a", external_id="C1"),
        source={"type": "conversation", "id": "7", "delivered_as": "customer_initiated",
                "body": "Where is it?", "author": {"type": "user", "id": "a"}},
        statistics={"first_admin_reply_at": epoch("2026-01-01T09:00:00Z"),
                    "first_close_at": epoch("2026-01-01T10:00:00Z"),
                    "last_close_at": epoch(SOLVED), "count_reopens": 1},
        conversation_rating={"rating": 4, "remark": "Quick", "created_at": epoch(SOLVED),
                             "updated_at": epoch(DAY_2)},
        custom_attributes={"topic": "late parcel", "is_complaint": True, "CX Score rating": 3},
    )  # fmt: skip
    happened: list[tuple[str, str, dict[str, Any]]] = [
        ("100", DAY_1, {"part_type": "assignment", "author": BOT,
                        "assigned_to": {"type": "team", "id": "30"}}),
        ("101", DAY_1, {"part_type": "assignment", "author": BOT,
                        "assigned_to": {"type": "admin", "id": "40"}}),
        ("102", "2026-01-01T09:00:00Z", {"part_type": "comment", "body": "Soon.", "author": ADMIN}),
        ("103", "2026-01-01T09:01:00Z",
         {"part_type": "comment", "body": "Did that help?",
          "author": {**ADMIN, "from_ai_agent": True}}),
        ("104", "2026-01-01T10:00:00Z", {"part_type": "close", "author": ADMIN}),
        ("105", "2026-01-01T11:00:00Z",
         {"part_type": "open", "body": "Not here.", "author": {"type": "user", "id": "a"}}),
        ("106", "2026-01-01T12:00:00Z",
         {"part_type": "note", "body": "Courier is late.", "author": ADMIN}),
        ("107", "2026-01-01T12:00:01Z", {"part_type": "snoozed", "author": ADMIN}),
        ("108", "2026-01-01T19:00:00Z", {"part_type": "timer_unsnooze", "author": BOT}),
        ("109", SOLVED, {"part_type": "open", "author": ADMIN}),
        ("110", SOLVED, {"part_type": "close", "body": "It came.", "author": ADMIN}),
        ("111", DAY_2, {"part_type": "conversation_attribute_updated_by_admin", "author": ADMIN}),
    ]  # fmt: skip
    for key, at, fields in happened:
        vendor.part("1", key, at=at, **fields)
    vendor.conversation("2", at=DAY_1, state="open", contacts=people_of("b"),
                        source={"type": "email", "delivered_as": "admin_initiated",
                                "body": "Hello!", "author": ADMIN},
                        conversation_rating={"rating": None, "created_at": epoch(DAY_1)},
                        )  # fmt: skip
    vendor.conversation("3", at=DAY_1, state="open", contacts=people_of("c", external_id="C3"),
                        source={"type": "carrier_pigeon", "delivered_as": "operator_initiated",
                                "body": "", "author": BOT})  # fmt: skip
    for key, (state, *_) in states().items():
        named = state.removeprefix("intercom, ")
        vendor.conversation(key, at=DAY_1, state=None if named == "none" else named)
    return vendor


def second_day(vendor: Intercom) -> None:
    """The lead signs up, and writes again."""
    vendor.contact("b", at=DAY_2, role="user", external_id="C2")
    vendor.conversation("2", at=DAY_2, state="open", contacts=people_of("b", external_id="C2"))


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    home = tmp_path_factory.mktemp("home")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    vendor = first_day()
    with serve(vendor) as url:
        own = account(intercom, url, token=TOKEN)
        stage_days(dbt, intercom, own, [lambda: second_day(vendor)])
    return dbt


def test_tickets(staged: Dbt) -> None:
    columns = (
        "ticket_id, source_system, created_at, customer_id, channel, topic, priority, status, "
        "opened_by, first_reply_at, first_solved_at, solved_at, reopens, agent_employee_id, team, "
        "is_complaint, updated_at"
    )
    told = [row for row in newest(staged, "stg_intercom__tickets", columns) if row[0].isdecimal()]
    assert told == [
        ("1", "intercom", BEGUN, "C1", "chat", "late parcel", "priority", "solved", "customer",
         "2026-01-01 09:00:00Z", "2026-01-01 10:00:00Z", ENDED, "1", "40", "delivery", "true",
         LATER),
        ("2", "intercom", BEGUN, "C2", "email", None, None, "open", "agent", None, None, None,
         None, None, None, None, LATER),
        ("3", "intercom", BEGUN, "C3", "carrier_pigeon", None, None, "open", None, None, None,
         None, None, None, None, None, BEGUN),
    ]  # fmt: skip


def test_states_of_the_decisions(staged: Dbt) -> None:
    found = staged.rows(
        "select ticket_id, status, verdict from staging.judged_tickets "
        "where ticket_id like 'state-%' order by ticket_id"
    )
    became = {ticket: (status or "none", verdict) for ticket, status, verdict in found}
    # a row that is quarantined keeps its word in the row itself
    assert {key: (status, row) for key, (_, status, row) in states().items()} == became


def test_changes_and_messages(staged: Dbt) -> None:
    changes = newest(
        staged,
        "stg_intercom__ticket_changes",
        "changed_at, ticket_id, status, team, agent_employee_id",
    )
    assert changes == [
        (BEGUN, "1", None, "delivery", "40"),
        ("2026-01-01 10:00:00Z", "1", "solved", None, None),
        ("2026-01-01 11:00:00Z", "1", "open", None, None),
        ("2026-01-01 12:00:01Z", "1", "pending", None, None),
        ("2026-01-01 19:00:00Z", "1", "open", None, None),
        (ENDED, "1", "solved", None, None),
    ]
    columns = "message_id, ticket_id, created_at, author_role, is_public, channel, text"
    assert newest(staged, "stg_intercom__ticket_messages", columns) == [
        ("102", "1", "2026-01-01 09:00:00Z", "agent", "true", "chat", "Soon."),
        ("103", "1", "2026-01-01 09:01:00Z", "bot", "true", "chat", "Did that help?"),
        ("105", "1", "2026-01-01 11:00:00Z", "customer", "true", "chat", "Not here."),
        ("106", "1", "2026-01-01 12:00:00Z", "agent", "false", "chat", "Courier is late."),
        ("110", "1", ENDED, "agent", "true", "chat", "It came."),
        ("source-1", "1", BEGUN, "customer", "true", "chat", "Where is it?"),
        ("source-2", "2", BEGUN, "agent", "true", "email", "Hello!"),
    ]


def test_people(staged: Dbt) -> None:
    columns = (
        "customer_id, email, phone, account_id, language, country, region, city, consent_marketing"
    )
    assert newest(staged, "stg_intercom__customers", columns) == [
        ("C1", "ana@example.com", "+98912", "A1", "en", "IR", None, "Tehran", "false"),
        ("C2", "lead@example.com", None, None, None, None, None, None, None),
        ("b", "lead@example.com", None, None, None, None, None, None, None),
    ]
    links = "left_type, left_id, right_type, right_id, linked_at"
    assert newest(staged, "stg_intercom__identity_links", links) == [
        ("customer_id", "C2", "customer_id", "b", LATER)
    ]
    assert newest(staged, "stg_intercom__employees", "employee_id, team, role") == [
        ("40", "delivery", "agent")
    ]
    accounts = newest(staged, "stg_intercom__accounts", "account_id, name, plan, country")
    assert accounts == [("A1", "Acme", "gold", "IR")]


def test_ratings(staged: Dbt) -> None:
    """What was asked for is an invitation, what was given an answer."""
    columns = "response_id, score, text, responded_at, invitation_id, customer_id, ticket_id"
    assert newest(staged, "stg_intercom__survey_responses", columns) == [
        ("1", "4", "Quick", LATER, "1", "C1", "1")
    ]
    columns = "invitation_id, sent_at, completed_at, ticket_id"
    assert newest(staged, "stg_intercom__survey_invitations", columns) == [
        ("1", ENDED, LATER, "1"),
        ("2", BEGUN, None, "2"),
    ]
    columns = "survey_id, question_id, scale_id"
    assert newest(staged, "stg_intercom__survey_questions", columns) == [
        ("conversation_rating", "conversation_rating", "csat")
    ]
    assert staged.rows("select score from staging.accepted_survey_responses") == [(4.0,)]


def test_only_an_unknown_state_is_quarantined(staged: Dbt) -> None:
    assert quarantined(staged, "intercom") == {"tickets": {"unknown_enum"}}


def test_every_record_is_a_row_or_set_aside(staged: Dbt) -> None:
    assert unexplained(staged, intercom) == []


@pytest.fixture(scope="module")
def told(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Dbt]:
    """The sample company as Intercom would tell of it, staged; and as it is."""
    home = tmp_path_factory.mktemp("company")
    rows = company(home / "company", ("customers", *vendor_records.ENTITIES))
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    stage_company(dbt, "intercom", vendor_records.export(rows), list(rows))
    return rows, dbt


@pytest.mark.parametrize("entity", ["customers", *vendor_records.ENTITIES])
def test_company_comes_back_as_it_was(told: tuple[Any, Dbt], entity: str) -> None:
    rows, dbt = told
    lost = {"source_system", *vendor_records.NOT_CARRIED.get(entity, ())}
    columns = [column for column in rows[entity][0] if column not in lost]
    key = "message_id" if entity == "ticket_messages" else f"{entity.removesuffix('s')}_id"
    tickets = {row["ticket_id"]: row for row in rows["tickets"] if row["is_deleted"] != "true"}
    asking = {row["customer_id"] for row in tickets.values()}
    versions = {
        row[key]: row
        for row in rows[entity]
        if row[key]
        and row["is_deleted"] != "true"
        and (entity != "customers" or row[key] in asking)
        and row.get("ticket_id") in {None, *tickets}
    }
    expected = [tuple(row[column] for column in columns) for row in versions.values()]
    query = f"select {', '.join(columns)} from warehouse.staging.stg_intercom__{entity}"
    found = asked(dbt, query)
    assert len(expected) > 5
    assert sorted(found, key=str) == sorted(expected, key=str)
