"""Zendesk's records from its API to the columns of the contract, each row worked out by hand."""

from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.sample_company.vendors import zendesk as vendor_records
from ingestion.sample_company.vendors.exported import iso_moment
from ingestion.sources.support import zendesk
from tests.contract.landed import account
from tests.contract.vendor_server import TOKEN, serve
from tests.contract.zendesk import EMAIL, Zendesk
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

DAY_1, DAY_2 = "2026-01-01T08:00:00Z", "2026-01-02T09:30:00Z"
SOLVED = "2026-01-01T20:00:00Z"


def first_day() -> Zendesk:
    """A customer asks by the widget and is answered; an agent writes down a call."""
    vendor = Zendesk()
    vendor.put(
        "users",
        10,
        at=DAY_1,
        role="end-user",
        email="ana@example.com",
        phone="+98 912 000 0001",
        organization_id=20,
        locale="en-US",
        active=True,
        user_fields={"country": "IR", "is_test": False, "shoe_size": 38},
    )
    vendor.put("users", 12, at=DAY_1, role="end-user", email="old@example.com", active=True)
    vendor.put("users", 11, at=DAY_1, role="agent", default_group_id=30, active=True)
    vendor.put("organizations", 20, at=DAY_1, name="Acme", organization_fields={"plan": "gold"})
    vendor.put("groups", 30, at=DAY_1, name="delivery")
    vendor.put("ticket_fields", 40, at=DAY_1, title="Topic")
    vendor.put("ticket_fields", 41, at=DAY_1, title="is_complaint")
    vendor.put("ticket_fields", 42, at=DAY_1, title="Colour")
    vendor.put(
        "tickets",
        1,
        at=DAY_1,
        status="solved",
        priority="high",
        via={"channel": "native_messaging"},
        requester_id=10,
        submitter_id=10,
        assignee_id=11,
        group_id=30,
        custom_fields=[
            {"id": 40, "value": "late parcel"},
            {"id": 41, "value": True},
            {"id": 42, "value": "red"},
        ],
        metric_set={"solved_at": SOLVED, "reopens": 1, "replies": 2},
    )
    vendor.put(
        "tickets",
        2,
        at=DAY_1,
        status="new",
        via={"channel": "carrier_pigeon"},
        requester_id=10,
        submitter_id=11,
    )
    vendor.put("tickets", 3, at=DAY_1, status="asleep", via={"channel": "api"}, submitter_id=11)
    comment = {"event_type": "Comment", "via": {"channel": "web"}, "public": True}
    asked = comment | {"id": 501, "author_id": 10, "body": "Where is it?"}
    vendor.happen(
        1,
        100,
        at=DAY_1,
        by=10,
        children=[{"id": 500, "event_type": "Create", "status": "new", "group_id": 30}, asked],
    )
    told = comment | {"id": 503, "author_id": 11, "body": "Courier is late.", "public": False}
    closing = comment | {"id": 504, "author_id": -1, "body": "Was this solved?"}
    solved = {"event_type": "Change", "previous_value": "new"}
    vendor.happen(
        1,
        101,
        at=SOLVED,
        by=11,
        children=[
            solved | {"id": 502, "status": "solved"},
            solved | {"id": 505, "assignee_id": 11},
            told,
            closing,
        ],
    )
    vendor.happen(1, 102, at=DAY_2, by=11, children=[{"event_type": "Change", "tags": ["x"]}])
    for key, score in ((50, "offered"), (51, "good_with_comment"), (52, "bad"), (53, "unoffered")):
        vendor.put("satisfaction_ratings", key, at=DAY_1, score=score, ticket_id=1, requester_id=10)
    vendor.put("satisfaction_ratings", 51, at=SOLVED, comment="Quick")
    return vendor


def second_day(vendor: Zendesk) -> None:
    """The call was a mistake, one customer was merged into another, and the agent left."""
    vendor.delete_ticket(2, at=DAY_2)
    vendor.put("users", 12, at=DAY_2, active=False)
    vendor.put("users", 11, at=DAY_2, active=False)


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    home = tmp_path_factory.mktemp("home")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    vendor = first_day()
    with serve(vendor) as url:
        own = account(zendesk, url, email=EMAIL, token=TOKEN)
        stage_days(dbt, zendesk, own, [lambda: second_day(vendor)])
    return dbt


def test_tickets(staged: Dbt) -> None:
    columns = (
        "ticket_id, source_system, created_at, customer_id, channel, topic, priority, status, "
        "opened_by, solved_at, reopens, agent_replies, agent_employee_id, team, is_complaint, "
        "updated_at, is_deleted"
    )
    assert newest(staged, "stg_zendesk__tickets", columns) == [
        ("1", "zendesk", DAY_1, "10", "chat", "late parcel", "high", "solved", "customer", SOLVED,
         "1", "2", "11", "delivery", "true", "2026-01-01 08:00:00Z", None),
        ("2", "zendesk", DAY_1, "10", "carrier_pigeon", None, None, None, "agent", None, None,
         None, None, None, None, "2026-01-02 09:30:00Z", "true"),
        ("3", "zendesk", DAY_1, None, "api", None, None, "asleep", None, None, None, None, None,
         None, None, "2026-01-01 08:00:00Z", None),
    ]  # fmt: skip


def test_deleted_tickets_are_withdrawn_and_unknown_states_quarantined(staged: Dbt) -> None:
    assert staged.rows("select ticket_id from staging.accepted_tickets") == [("1",)]
    assert quarantined(staged, "zendesk") == {"tickets": {"unknown_enum"}}
    given = staged.rows("select response_id, score from staging.accepted_survey_responses")
    assert sorted(given) == [("51", 1.0), ("52", 0.0)]


def test_changes_and_messages(staged: Dbt) -> None:
    changes = newest(
        staged,
        "stg_zendesk__ticket_changes",
        "changed_at, ticket_id, status, team, agent_employee_id",
    )
    assert changes == [
        (DAY_1, "1", "new", "delivery", None),
        (SOLVED, "1", "solved", None, "11"),
    ]
    columns = "message_id, ticket_id, created_at, author_role, is_public, channel, text"
    assert newest(staged, "stg_zendesk__ticket_messages", columns) == [
        ("501", "1", DAY_1, "customer", "true", "web", "Where is it?"),
        ("503", "1", SOLVED, "agent", "false", "web", "Courier is late."),
        ("504", "1", SOLVED, "bot", "true", "web", "Was this solved?"),
    ]
    # a page by time begins at the second at which the one before ended: an event came twice
    read = [
        message
        for _, message in newest(staged, "stg_zendesk__ticket_messages", "row_key, message_id")
    ]
    assert read == ["501", "503", "504", "503", "504"]


def test_people(staged: Dbt) -> None:
    columns = "customer_id, email, phone, account_id, language, country, is_test, is_deleted"
    assert newest(staged, "stg_zendesk__customers", columns) == [
        ("10", "ana@example.com", "+98 912 000 0001", "20", "en", "IR", "false", None),
        ("12", "old@example.com", None, None, None, None, None, "true"),
    ]
    assert staged.rows("select customer_id from staging.accepted_customers") == [("10",)]
    assert newest(staged, "stg_zendesk__employees", "employee_id, team, role, left_at") == [
        ("11", "delivery", None, DAY_2)
    ]
    accounts = newest(staged, "stg_zendesk__accounts", "account_id, name, plan, is_deleted")
    assert accounts == [("20", "Acme", "gold", None)]


def test_ratings(staged: Dbt) -> None:
    """What was offered is an invitation, what was given an answer, good 1 and bad 0."""
    columns = "response_id, score, text, responded_at, invitation_id, customer_id, ticket_id"
    assert newest(staged, "stg_zendesk__survey_responses", columns) == [
        ("51", "1", "Quick", SOLVED, "51", "10", "1"),
        ("52", "0", None, DAY_1, "52", "10", "1"),
    ]
    columns = "invitation_id, sent_at, completed_at"
    assert newest(staged, "stg_zendesk__survey_invitations", columns) == [
        ("50", DAY_1, None),
        ("51", DAY_1, SOLVED),
        ("52", DAY_1, DAY_1),
    ]
    columns = "survey_id, question_id, scale_id"
    assert newest(staged, "stg_zendesk__survey_questions", columns) == [
        ("satisfaction_rating", "satisfaction", "csat_thumbs")
    ]


def test_every_record_is_a_row_or_set_aside(staged: Dbt) -> None:
    assert unexplained(staged, zendesk) == []
    reasons = asked(
        staged,
        "select reason, count(distinct file_id) from "
        "warehouse.staging.stg_zendesk__set_aside group by reason order by reason",
    )
    assert reasons == [("joined", 4), ("other_change", 2), ("unoffered", 2)]


@pytest.fixture(scope="module")
def told(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Dbt]:
    """The sample company as Zendesk would tell of it, staged; and as it is."""
    home = tmp_path_factory.mktemp("company")
    rows = company(home / "company", ("customers", *vendor_records.ENTITIES))
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    stage_company(dbt, "zendesk", vendor_records.export(rows), list(rows))
    return rows, dbt


@pytest.mark.parametrize("entity", ["customers", *vendor_records.ENTITIES])
def test_company_comes_back_as_it_was(told: tuple[Any, Dbt], entity: str) -> None:
    rows, dbt = told
    lost = {"source_system", *vendor_records.NOT_CARRIED.get(entity, ())}
    columns = [column for column in rows[entity][0] if column not in lost]
    key = {"ticket_changes": "changed_at", "ticket_messages": "message_id"}.get(
        entity, f"{entity.removesuffix('s')}_id"
    )
    tickets = {row["ticket_id"] for row in rows["tickets"]}
    asking = {row["customer_id"] for row in rows["tickets"]}
    versions = {
        (row.get("ticket_id"), row[key]): row
        for row in rows[entity]
        if row[key]
        and (entity != "customers" or row[key] in asking)
        and row.get("ticket_id", None) in {None, *tickets}
    }
    # Zendesk writes a time with a T
    expected = [tuple(iso_moment(row[name]) for name in columns) for row in versions.values()]
    query = f"select {', '.join(columns)} from warehouse.staging.stg_zendesk__{entity}"
    found = [tuple(map(iso_moment, row)) for row in asked(dbt, query)]
    assert len(expected) > 5
    assert sorted(found, key=str) == sorted(expected, key=str)
