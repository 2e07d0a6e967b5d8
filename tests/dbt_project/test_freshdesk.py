"""Freshdesk's records from its API to the columns of the contract, each row worked out by hand."""

from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.sources.support import freshdesk
from tests.contract.freshdesk import Freshdesk
from tests.contract.landed import account
from tests.contract.vendor_server import TOKEN, serve
from tests.dbt_project.building import Dbt
from tests.dbt_project.connected import newest, quarantined, stage_days, unexplained
from tests.decisions import example

# CI builds other systems; what reads this one is held to its API in tests/contract.
pytestmark = pytest.mark.long

DAY_1, SOLVED, DAY_2 = "2026-01-01T08:00:00Z", "2026-01-01T20:00:00Z", "2026-01-02T09:30:00Z"
STATES = [row for row in example("What a state of a service desk is") if "freshdesk" in row[0]]
SEVEN = [103, 102, 101, 100, -101, -102, -103]


def question(key: str, accepted: list[int]) -> dict[str, Any]:
    return {"id": key, "label": f"What about {key}?", "accepted_ratings": accepted}


def first_day() -> Freshdesk:
    """A customer asks by mail and is answered; an agent writes first; two tickets are junk."""
    vendor = Freshdesk()
    vendor.put("groups", 30, at=DAY_1, name="delivery")
    vendor.put("agents", 40, at=DAY_1, group_ids=[30], contact={"job_title": "agent"})
    vendor.put("companies", 20, at=DAY_1, name="Acme", industry="Toys",
               custom_fields={"country": "IR"})  # fmt: skip
    vendor.put("contacts", 10, at=DAY_1, unique_external_id="C1", email="ana@example.com",
               mobile="+98912", company_id=20, language="en-GB",
               custom_fields={"country": "IR", "shoe_size": 38})  # fmt: skip
    vendor.put("contacts", 11, at=DAY_1, email="lead@example.com")
    vendor.put("contacts", 12, at=DAY_1, email="old@example.com")
    vendor.put(
        "tickets",
        1,
        at=DAY_1,
        status=4,
        priority=3,
        source=1,
        requester_id=10,
        responder_id=40,
        group_id=30,
        spam=False,
        is_escalated=True,
        description_text="Where is it?",
        stats={"first_responded_at": "2026-01-01T09:00:00Z", "resolved_at": SOLVED,
               "closed_at": None},
        custom_fields={"cf_topic": "late parcel", "cf_is_complaint": True},
    )  # fmt: skip
    vendor.put("tickets", 2, at=DAY_1, status=2, source=10, requester_id=11,
               description_text="Hello!")  # fmt: skip
    vendor.put("tickets", 3, at=DAY_1, status=2, source=2, requester_id=11, spam=True)
    vendor.put("tickets", 4, at=DAY_1, status=2, source=99, requester_id=12, priority=9)
    for number, (state, *_) in enumerate(STATES, 900):
        vendor.put("tickets", number, at=DAY_1, status=int(state.removeprefix("freshdesk, ")))
    said = {
        100: {"incoming": False, "private": False, "body_text": "Soon."},
        101: {"incoming": False, "private": True, "body_text": "Courier is late."},
        102: {"incoming": True, "private": False, "body_text": "It came."},
    }
    for key, fields in said.items():
        vendor.put("conversations", key, at=SOLVED, ticket_id=1, **fields)
    vendor.put("surveys", 50, at=DAY_1, questions=[
        question("default_question", SEVEN),
        question("question_1", [103, 100, -103]),
        question("question_2", [103, -103]),
        question("question_3", [103, 102, 100, -102, -103]),
    ])  # fmt: skip
    vendor.put("satisfaction_ratings", 60, at=DAY_2, survey_id=50, user_id=10, ticket_id=1,
               feedback="Quick", ratings={"default_question": 101, "question_1": 100,
                                          "question_2": -103, "question_3": 102})  # fmt: skip
    return vendor


def second_day(vendor: Freshdesk) -> None:
    """Who wrote becomes known, a contact is merged into another, and a ticket was a mistake."""
    vendor.put("contacts", 11, at=DAY_2, unique_external_id="C2")
    vendor.put("contacts", 12, at=DAY_2, deleted=True)
    vendor.put("tickets", 4, at=DAY_2, deleted=True)


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    home = tmp_path_factory.mktemp("home")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    vendor = first_day()
    with serve(vendor) as url:
        own = account(freshdesk, url, key=TOKEN)
        stage_days(dbt, freshdesk, own, [lambda: second_day(vendor)])
    return dbt


def test_tickets(staged: Dbt) -> None:
    columns = (
        "ticket_id, source_system, created_at, customer_id, channel, topic, priority, status, "
        "opened_by, first_reply_at, solved_at, closed_at, agent_employee_id, team, is_complaint, "
        "is_spam, escalated, updated_at, is_deleted"
    )
    told = [row for row in newest(staged, "stg_freshdesk__tickets", columns) if len(row[0]) == 1]
    nothing = (None,) * 5
    assert told == [
        ("1", "freshdesk", DAY_1, "C1", "email", "late parcel", "high", "solved", None,
         "2026-01-01T09:00:00Z", SOLVED, None, "40", "delivery", "true", "false", None, DAY_1,
         None),
        ("2", "freshdesk", DAY_1, "C2", "email", None, None, "open", "agent", *nothing, None,
         None, None, DAY_1, None),
        ("3", "freshdesk", DAY_1, "C2", "web", None, None, "open", None, *nothing, None, "true",
         None, DAY_1, None),
        ("4", "freshdesk", DAY_1, "12", "99", None, "9", "open", None, *nothing, None, None, None,
         DAY_2, "true"),
    ]  # fmt: skip
    held = staged.rows("select ticket_id from staging.accepted_tickets where ticket_id < '5'")
    assert sorted(held) == [("1",), ("2",), ("3",)]


def test_states_of_the_decisions(staged: Dbt) -> None:
    found = staged.rows(
        "select ticket_id, status, verdict from staging.judged_tickets "
        "where ticket_id like '9__' and verdict <> 'superseded'"
    )
    became = {ticket: (status, verdict) for ticket, status, verdict in found}
    assert became == {
        str(number): (status, verdict) for number, (_, status, verdict) in enumerate(STATES, 900)
    }


def test_messages(staged: Dbt) -> None:
    columns = "message_id, ticket_id, created_at, author_role, is_public, channel, text"
    assert newest(staged, "stg_freshdesk__ticket_messages", columns) == [
        ("100", "1", SOLVED, "agent", "true", "email", "Soon."),
        ("101", "1", SOLVED, "agent", "false", "email", "Courier is late."),
        ("102", "1", SOLVED, "customer", "true", "email", "It came."),
        ("ticket-1", "1", DAY_1, "customer", "true", "email", "Where is it?"),
        ("ticket-2", "2", DAY_1, "agent", "true", "email", "Hello!"),
    ]


def test_people(staged: Dbt) -> None:
    columns = "customer_id, email, phone, account_id, language, country, is_deleted"
    assert newest(staged, "stg_freshdesk__customers", columns) == [
        ("11", "lead@example.com", None, None, None, None, None),
        ("12", "old@example.com", None, None, None, None, "true"),
        ("C1", "ana@example.com", "+98912", "20", "en", "IR", None),
        ("C2", "lead@example.com", None, None, None, None, None),
    ]
    links = newest(staged, "stg_freshdesk__identity_links", "left_id, right_id, linked_at")
    assert links == [("C2", "11", DAY_2)]
    employees = newest(staged, "stg_freshdesk__employees", "employee_id, team, role")
    assert employees == [("40", "delivery", "agent")]
    accounts = newest(staged, "stg_freshdesk__accounts", "account_id, name, industry, country")
    assert accounts == [("20", "Acme", "Toys", "IR")]


def test_ratings(staged: Dbt) -> None:
    """Happy is the fifth of seven; of three there is no scale until the tenant names one."""
    columns = "question_id, response_id, survey_id, score, text, responded_at, customer_id"
    assert newest(staged, "stg_freshdesk__survey_responses", columns) == [
        ("default_question", "60", "50", "5", "Quick", DAY_2, "C1"),
        ("question_1", "60", "50", "2", None, DAY_2, "C1"),
        ("question_2", "60", "50", "0", None, DAY_2, "C1"),
        ("question_3", "60", "50", "4", None, DAY_2, "C1"),
    ]
    columns = "question_id, scale_id, is_headline, position"
    assert newest(staged, "stg_freshdesk__survey_questions", columns) == [
        ("default_question", "csat_7", "true", "1"),
        ("question_1", None, "false", "2"),
        ("question_2", "csat_thumbs", "false", "3"),
        ("question_3", "csat", "false", "4"),
    ]


def test_only_what_is_unknown_is_quarantined(staged: Dbt) -> None:
    assert quarantined(staged, "freshdesk") == {
        "tickets": {"unknown_enum"},
        "survey_responses": {"unknown_scale"},
    }


def test_every_record_is_a_row_or_set_aside(staged: Dbt) -> None:
    assert unexplained(staged, freshdesk) == []
