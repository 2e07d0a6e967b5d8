"""Zendesk's records from its API to the columns of the contract, each row worked out by hand."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.pipelines import ensure_raw, ingest
from ingestion.sample_company import generate
from ingestion.sample_company.vendors import zendesk as vendor_records
from ingestion.sources.support import zendesk
from tests.contract.landed import account, fetch
from tests.contract.vendor_server import TOKEN, serve
from tests.contract.zendesk import EMAIL, Zendesk
from tests.dbt_project.building import SOURCE_ENTITIES, Dbt

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
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
        for day in (1, 2):
            if day == 2:
                second_day(vendor)
            assert fetch(zendesk, own, home).refused == ()
            assert ingest(dbt.raw, inputs=(), hash_key="key", now=NOW, accounts=[own]).refused == ()
    entities = [entity for entity in SOURCE_ENTITIES["zendesk"] if entity != "set_aside"]
    chosen = ("stg_zendesk__set_aside", *(f"+accepted_{entity}" for entity in entities))
    kinds = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    dbt.must("build", *kinds, "--select", *chosen)
    return dbt
    return dbt


def newest(dbt: Dbt, entity: str, columns: str) -> list[tuple[Any, ...]]:
    """The rows as last read, one for each value of the first column."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{dbt.raw}' as raw (read_only)")
        connection.execute(f"attach '{dbt.warehouse}' as warehouse (read_only)")
        return connection.execute(
            f"select {columns} from warehouse.staging.stg_zendesk__{entity} qualify row_number() "
            f"over (partition by {columns.split(',')[0]} order by row_key desc) = 1 order by 1"
        ).fetchall()


def test_tickets(staged: Dbt) -> None:
    columns = (
        "ticket_id, source_system, created_at, customer_id, channel, topic, priority, status, "
        "opened_by, solved_at, reopens, agent_replies, agent_employee_id, team, is_complaint, "
        "updated_at, is_deleted"
    )
    assert newest(staged, "tickets", columns) == [
        ("1", "zendesk", DAY_1, "10", "chat", "late parcel", "high", "solved", "customer", SOLVED,
         "1", "2", "11", "delivery", "true", "2026-01-01 08:00:00Z", None),
        ("2", "zendesk", DAY_1, "10", "carrier_pigeon", None, None, None, "agent", None, None,
         None, None, None, None, "2026-01-02 09:30:00Z", "true"),
        ("3", "zendesk", DAY_1, None, "api", None, None, "asleep", None, None, None, None, None,
         None, None, "2026-01-01 08:00:00Z", None),
    ]  # fmt: skip


def test_deleted_tickets_are_withdrawn_and_unknown_states_quarantined(staged: Dbt) -> None:
    assert staged.rows("select ticket_id from staging.accepted_tickets") == [("1",)]
    quarantined = {
        entity: staged.rows(
            f"select reason_code from staging.judged_{entity} where verdict = 'quarantined'"
        )
        for entity in SOURCE_ENTITIES["zendesk"]
        if entity != "set_aside"
    }
    assert set(quarantined.pop("tickets")) == {("unknown_enum",)}
    assert not any(quarantined.values())
    given = staged.rows("select response_id, score from staging.accepted_survey_responses")
    assert sorted(given) == [("51", 1.0), ("52", 0.0)]


def test_changes_and_messages(staged: Dbt) -> None:
    changes = newest(
        staged, "ticket_changes", "changed_at, ticket_id, status, team, agent_employee_id"
    )
    assert changes == [
        (DAY_1, "1", "new", "delivery", None),
        (SOLVED, "1", "solved", None, "11"),
    ]
    columns = "message_id, ticket_id, created_at, author_role, is_public, channel, text"
    assert newest(staged, "ticket_messages", columns) == [
        ("501", "1", DAY_1, "customer", "true", "web", "Where is it?"),
        ("503", "1", SOLVED, "agent", "false", "web", "Courier is late."),
        ("504", "1", SOLVED, "bot", "true", "web", "Was this solved?"),
    ]
    # a page by time begins at the second at which the one before ended: an event came twice
    read = [message for _, message in newest(staged, "ticket_messages", "row_key, message_id")]
    assert read == ["501", "503", "504", "503", "504"]


def test_people(staged: Dbt) -> None:
    columns = "customer_id, email, phone, account_id, language, country, is_test, is_deleted"
    assert newest(staged, "customers", columns) == [
        ("10", "ana@example.com", "+98 912 000 0001", "20", "en", "IR", "false", None),
        ("12", "old@example.com", None, None, None, None, None, "true"),
    ]
    assert staged.rows("select customer_id from staging.accepted_customers") == [("10",)]
    assert newest(staged, "employees", "employee_id, team, role, left_at") == [
        ("11", "delivery", None, DAY_2)
    ]
    accounts = newest(staged, "accounts", "account_id, name, plan, is_deleted")
    assert accounts == [("20", "Acme", "gold", None)]


def test_ratings(staged: Dbt) -> None:
    """What was offered is an invitation, what was given an answer, good 1 and bad 0."""
    columns = "response_id, score, text, responded_at, invitation_id, customer_id, ticket_id"
    assert newest(staged, "survey_responses", columns) == [
        ("51", "1", "Quick", SOLVED, "51", "10", "1"),
        ("52", "0", None, DAY_1, "52", "10", "1"),
    ]
    columns = "invitation_id, sent_at, completed_at"
    assert newest(staged, "survey_invitations", columns) == [
        ("50", DAY_1, None),
        ("51", DAY_1, SOLVED),
        ("52", DAY_1, DAY_1),
    ]
    columns = "survey_id, question_id, scale_id"
    assert newest(staged, "survey_questions", columns) == [
        ("satisfaction_rating", "satisfaction", "csat_thumbs")
    ]


def test_every_record_is_a_row_or_set_aside(staged: Dbt) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{staged.raw}' as raw (read_only)")
        connection.execute(f"attach '{staged.warehouse}' as warehouse (read_only)")
        became = " union all ".join(
            f"select file_id, record_number from warehouse.staging.stg_zendesk__{entity}"
            for entity in SOURCE_ENTITIES["zendesk"]
        )
        read = " union all ".join(
            f"select _file_id, _record_number from raw.raw_zendesk.{table}"
            for table in zendesk.tables()
        )
        assert connection.execute(f"({read}) except ({became})").fetchall() == []
        reasons = connection.execute(
            "select reason, count(distinct file_id) from "
            "warehouse.staging.stg_zendesk__set_aside group by reason order by reason"
        ).fetchall()
    assert reasons == [("joined", 4), ("other_change", 2), ("unoffered", 2)]


def company(folder: Path) -> dict[str, list[dict[str, str | None]]]:
    """The sample company's rows as texts; a broken line is none."""
    generate(folder, customers=100, months=4, seed=5)
    rows: dict[str, list[dict[str, str | None]]] = {}
    for entity in ("customers", *vendor_records.ENTITIES):
        with (folder / f"{entity}.csv").open(encoding="utf-8", newline="") as file:
            rows[entity] = [
                {name: value or None for name, value in row.items()}
                for row in csv.DictReader(file)
                if None not in row and None not in row.values()
            ]
    return rows


@pytest.fixture(scope="module")
def told(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Dbt]:
    """The sample company as Zendesk would tell of it, staged; and as it is."""
    home = tmp_path_factory.mktemp("company")
    rows = company(home / "company")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    ensure_raw(dbt.raw, hash_key="key")
    with duckdb.connect(str(dbt.raw)) as connection:
        for file_id, (table, records) in enumerate(vendor_records.export(rows).items(), 1):
            connection.executemany(
                f"insert into raw_zendesk.{table} (record, source_system, _load_id, _file_id, "
                f"_record_number) values (?, 'zendesk', 1, {file_id}, ?)",
                [(json.dumps(record), number) for number, record in enumerate(records, 1)],
            )
    names = [f"stg_zendesk__{entity}" for entity in rows]
    dbt.must("run", "--select", *names)
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
    expected = [tuple(row[column] for column in columns) for row in versions.values()]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{dbt.raw}' as raw (read_only)")
        connection.execute(f"attach '{dbt.warehouse}' as warehouse (read_only)")
        found = connection.execute(
            f"select {', '.join(columns)} from warehouse.staging.stg_zendesk__{entity}"
        ).fetchall()
    assert len(expected) > 5
    assert sorted(found, key=str) == sorted(expected, key=str)
