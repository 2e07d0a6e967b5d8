"""Chatwoot's records from its API to the columns of the contract, each row worked out by hand."""

from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.sample_company.vendors import chatwoot as vendor_records
from ingestion.sources.support import chatwoot
from tests.contract.chatwoot import Chatwoot, epoch
from tests.contract.landed import account
from tests.contract.vendor_server import TOKEN, serve
from tests.dbt_project.building import Dbt
from tests.dbt_project.connected import (
    asked,
    company,
    held_by_a_desk,
    newest,
    quarantined,
    stage_company,
    stage_days,
    unexplained,
)
from tests.decisions import example

# CI builds other systems; what reads this one is held to its API in tests/contract.
pytestmark = pytest.mark.long

DAY_1, SOLVED, DAY_2 = "2026-01-01T08:00:00Z", "2026-01-01T20:00:00Z", "2026-01-02T09:30:00Z"
# As a number of seconds is written again.
BEGUN, ENDED, LATER = "2026-01-01 08:00:00Z", "2026-01-01 20:00:00Z", "2026-01-02 09:30:00Z"
STATES = [row for row in example("What a state of a service desk is") if "chatwoot" in row[0]]


def first_day() -> Chatwoot:
    """A visitor asks by the widget, is answered by a bot and an agent, and rates that."""
    vendor = Chatwoot()
    vendor.put("agents", 40, name="Ben", role="agent")
    vendor.put("inboxes", 50, channel_type="Channel::WebWidget", medium=None)
    vendor.put("inboxes", 51, channel_type="Channel::TwilioSms", medium="whatsapp")
    vendor.contact(
        10,
        at=DAY_1,
        identifier="C1",
        email="ana@example.com",
        phone_number="+98912",
        additional_attributes={"country": "Iran", "country_code": "IR", "city": "Tehran"},
        custom_attributes={"language": "fa", "shoe_size": 38},
    )
    vendor.contact(11, at=DAY_1, email="lead@example.com", custom_attributes={})
    sender = {"id": 10, "identifier": "C1"}
    vendor.conversation(
        1,
        at=DAY_1,
        status="resolved",
        priority="high",
        inbox_id=50,
        first_reply_created_at=epoch("2026-01-01T09:00:00Z"),
        meta={"sender": sender, "channel": "Channel::WebWidget",
              "assignee": {"id": 40}, "team": {"id": 1, "name": "delivery"}},
        custom_attributes={"topic": "late parcel", "is_complaint": True},
    )  # fmt: skip
    said: list[tuple[int, str, dict[str, Any]]] = [
        (100, DAY_1, {"message_type": 0, "content": "Where is it?", "sender": {"type": "contact"}}),
        (101, DAY_1, {"message_type": 3, "content": "We come back to you."}),
        (102, "2026-01-01T08:30:00Z",
         {"message_type": 1, "content": "I am a bot.", "sender": {"type": "agent_bot"}}),
        (103, "2026-01-01T09:00:00Z",
         {"message_type": 1, "content": "Soon.", "sender": {"type": "user"}}),
        (104, "2026-01-01T09:01:00Z",
         {"message_type": 1, "content": "Courier is late.", "sender": {"type": "user"},
          "private": True}),
        (105, "2026-01-01T09:02:00Z",
         {"message_type": 1, "content": "Never got out.", "sender": {"type": "user"},
          "status": "failed"}),
        (106, "2026-01-01T09:03:00Z",
         {"message_type": 1, "content": "This message was deleted", "sender": {"type": "user"},
          "content_attributes": {"deleted": True}}),
        (107, SOLVED, {"message_type": 2, "content": "Conversation was resolved by Ben"}),
        (108, SOLVED, {"message_type": 3, "content": "Please rate", "content_type": "input_csat"}),
    ]  # fmt: skip
    for key, at, fields in said:
        vendor.message(key, of=1, at=at, **fields)
    vendor.rating(20, at=DAY_2, rating=4, feedback_message="Quick", message_id=108,
                  conversation_id=1)  # fmt: skip
    vendor.event(60, "first_response", of=1, at="2026-01-01T09:00:00Z")
    vendor.event(61, "conversation_resolved", of=1, at="2026-01-01T12:00:00Z")
    vendor.event(62, "conversation_opened", of=1, at="2026-01-01T13:00:00Z")
    vendor.event(63, "conversation_resolved", of=1, at=SOLVED)
    vendor.conversation(2, at=DAY_1, inbox_id=51, custom_attributes={},
                        meta={"sender": {"id": 11}, "channel": "Channel::TwilioSms"})  # fmt: skip
    vendor.message(110, of=2, at=DAY_1, message_type=3, content="Rate", content_type="input_csat")
    for number, (state, *_) in enumerate(STATES, 900):
        vendor.conversation(number, at=DAY_1, status=state.removeprefix("chatwoot, "))
    return vendor


def second_day(vendor: Chatwoot) -> None:
    """The company comes to know who wrote, who then writes again."""
    vendor.contact(11, at=DAY_2, identifier="C2")
    vendor.conversation(2, at=DAY_2)


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    home = tmp_path_factory.mktemp("home")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    vendor = first_day()
    with serve(vendor) as url:
        own = account(chatwoot, url, token=TOKEN)
        stage_days(dbt, chatwoot, own, [lambda: second_day(vendor)])
    return dbt


def test_tickets(staged: Dbt) -> None:
    columns = (
        "ticket_id, source_system, created_at, customer_id, channel, topic, priority, status, "
        "first_reply_at, agent_employee_id, team, is_complaint, updated_at"
    )
    told = [row for row in newest(staged, "stg_chatwoot__tickets", columns) if len(row[0]) == 1]
    assert told == [
        ("1", "chatwoot", BEGUN, "C1", "chat", "late parcel", "high", "solved",
         "2026-01-01 09:00:00Z", "40", "delivery", "true", ENDED),
        ("2", "chatwoot", BEGUN, "C2", "whatsapp", None, None, "open", None, None, None, None,
         LATER),
    ]  # fmt: skip


def test_states_of_the_decisions(staged: Dbt) -> None:
    found = staged.rows(
        "select ticket_id, status, verdict from staging.judged_tickets "
        "where ticket_id like '9__' and verdict <> 'superseded'"
    )
    became = {ticket: (status, verdict) for ticket, status, verdict in found}
    assert became == {
        str(number): (status, verdict) for number, (_, status, verdict) in enumerate(STATES, 900)
    }


def test_changes_and_messages(staged: Dbt) -> None:
    """A first reply is no change of state."""
    changes = newest(staged, "stg_chatwoot__ticket_changes", "changed_at, ticket_id, status")
    assert changes == [
        ("2026-01-01T12:00:00Z", "1", "solved"),
        ("2026-01-01T13:00:00Z", "1", "open"),
        (SOLVED, "1", "solved"),
    ]
    columns = "message_id, ticket_id, created_at, author_role, is_public, channel, text"
    messages = newest(staged, "stg_chatwoot__ticket_messages", columns)
    assert messages == [
        ("100", "1", BEGUN, "customer", "true", "chat", "Where is it?"),
        ("101", "1", BEGUN, "bot", "true", "chat", "We come back to you."),
        ("102", "1", "2026-01-01 08:30:00Z", "bot", "true", "chat", "I am a bot."),
        ("103", "1", "2026-01-01 09:00:00Z", "agent", "true", "chat", "Soon."),
        ("104", "1", "2026-01-01 09:01:00Z", "agent", "false", "chat", "Courier is late."),
        ("105", "1", "2026-01-01 09:02:00Z", "agent", "false", "chat", "Never got out."),
        ("106", "1", "2026-01-01 09:03:00Z", "agent", "true", "chat", "This message was deleted"),
        ("107", "1", ENDED, "system", "false", "chat", None),
        ("108", "1", ENDED, "bot", "true", "chat", "Please rate"),
        ("110", "2", BEGUN, "bot", "true", "whatsapp", "Rate"),
    ]
    accepted = staged.rows("select message_id from staging.accepted_ticket_messages order by all")
    assert [key for (key,) in accepted] == [row[0] for row in messages if row[0] != "106"]


def test_people(staged: Dbt) -> None:
    columns = "customer_id, email, phone, language, country, city"
    assert newest(staged, "stg_chatwoot__customers", columns) == [
        ("11", "lead@example.com", None, None, None, None),
        ("C1", "ana@example.com", "+98912", "fa", "IR", "Tehran"),
        ("C2", "lead@example.com", None, None, None, None),
    ]
    links = newest(staged, "stg_chatwoot__identity_links", "left_id, right_id, left_type")
    assert links == [("C2", "11", "customer_id")]
    assert newest(staged, "stg_chatwoot__employees", "employee_id, role") == [("40", None)]


def test_ratings(staged: Dbt) -> None:
    """What was asked for is an invitation, what was given an answer to it."""
    columns = "response_id, score, text, responded_at, invitation_id, customer_id, ticket_id"
    assert newest(staged, "stg_chatwoot__survey_responses", columns) == [
        ("20", "4", "Quick", LATER, "108", "C1", "1")
    ]
    columns = "invitation_id, sent_at, completed_at, ticket_id, channel"
    assert newest(staged, "stg_chatwoot__survey_invitations", columns) == [
        ("108", ENDED, LATER, "1", "chat"),
        ("110", BEGUN, None, "2", "whatsapp"),
    ]
    columns = "survey_id, question_id, scale_id"
    assert newest(staged, "stg_chatwoot__survey_questions", columns) == [
        ("csat_survey", "csat_survey", "csat")
    ]
    assert staged.rows("select score from staging.accepted_survey_responses") == [(4.0,)]


def test_only_an_unknown_state_is_quarantined(staged: Dbt) -> None:
    assert quarantined(staged, "chatwoot") == {"tickets": {"unknown_enum"}}


def test_every_record_is_a_row_or_set_aside(staged: Dbt) -> None:
    assert unexplained(staged, chatwoot) == []


@pytest.fixture(scope="module")
def told(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Dbt]:
    """The sample company as Chatwoot would tell of it, staged; and as it is."""
    home = tmp_path_factory.mktemp("company")
    rows = company(home / "company", ("customers", *vendor_records.ENTITIES))
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    stage_company(dbt, "chatwoot", vendor_records.export(rows), list(rows))
    return rows, dbt


@pytest.mark.parametrize("entity", ["customers", *vendor_records.ENTITIES])
def test_company_comes_back_as_it_was(told: tuple[Any, Dbt], entity: str) -> None:
    rows, dbt = told
    lost = {"source_system", *vendor_records.NOT_CARRIED.get(entity, ())}
    columns = [column for column in rows[entity][0] if column not in lost]
    expected = held_by_a_desk(rows, entity, columns)
    query = f"select {', '.join(columns)} from warehouse.staging.stg_chatwoot__{entity}"
    found = asked(dbt, query)
    assert len(expected) > 5
    assert sorted(found, key=str) == sorted(expected, key=str)
