"""Salesforce's records from its API to the columns of the contract, each row worked out by hand;
and the sample company, as Salesforce would tell of it and as it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.pipelines import ensure_raw, ingest
from ingestion.sample_company import generate
from ingestion.sample_company.vendors import salesforce as vendor_records
from ingestion.sample_company.vendors.writing import read_rows
from ingestion.sources.crm import salesforce
from tests.contract.landed import account, fetch
from tests.contract.salesforce import Salesforce
from tests.contract.vendor_server import TOKEN, serve
from tests.dbt_project.building import SOURCE_ENTITIES, Dbt

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY_1, DAY_2 = "2026-01-01T08:00:00.000+0000", "2026-01-02T09:30:00.000+0000"
FIRST, SECOND = "2026-01-01T08:00:00.000Z", "2026-01-02T09:30:00.000Z"
OWNER = "005000000000001"


def first_day() -> Salesforce:
    vendor = Salesforce()
    for kind in ("Account", "Contact"):
        vendor.fields[kind].append("IsPersonAccount")
    put_people(vendor)
    put_sales(vendor)
    put_service(vendor)
    return vendor


def put_people(vendor: Salesforce) -> None:
    vendor.put("User", OWNER, at=DAY_1, UserType="Standard", IsActive=True, Department="north")
    vendor.put("User", "0052", at=DAY_1, UserType="AutomatedProcess", IsActive=True)
    vendor.put("Account", "001a", at=DAY_1, Name="Acme", OwnerId=OWNER, Account_Id__c="A7",
               Plan__c="gold")  # fmt: skip
    vendor.put("Account", "001p", at=DAY_1, Name="Eva", IsPersonAccount=True)
    vendor.put("Contact", "0031", at=DAY_1, Email="ana@example.com", MobilePhone="+98 912 000 0001",
               AccountId="001a", MailingCountry="IR", Birthdate="1980-05-06",
               LeadSource="Web", HasOptedOutOfEmail=True, customer_id__c="C1")  # fmt: skip
    vendor.put("Contact", "0032", at=DAY_1, Email="ana2@example.com", customer_id__c="C2")
    vendor.put("Contact", "0033", at=DAY_1, AccountId="001p", IsPersonAccount=True,
               HasOptedOutOfEmail=False)  # fmt: skip


def put_sales(vendor: Salesforce) -> None:
    vendor.put("Lead", "00Q1", at=DAY_1, Email="new@example.com", OwnerId="00G1",
               LeadSource="Fair")  # fmt: skip
    vendor.put("Lead", "00Q2", at=DAY_1, IsConverted=True, ConvertedDate="2026-01-01",
               ConvertedContactId="0031")  # fmt: skip
    vendor.put("Lead", "00Q3", at=DAY_1, Email="grew@example.com")
    vendor.put("Opportunity", "0061", at=DAY_1, ContactId="0031", IsClosed=True, IsWon=True,
               CloseDate="2026-01-01", OwnerId=OWNER)  # fmt: skip
    vendor.put("Opportunity", "0062", at=DAY_1, IsClosed=False, IsWon=False,
               CloseDate="2026-09-30")  # fmt: skip


def put_service(vendor: Salesforce) -> None:
    vendor.put("Case", "5001", at=DAY_1, ContactId="0032", Status="Working", IsClosed=False,
               Origin="Phone", Priority="High", OwnerId=OWNER, is_complaint__c=True)  # fmt: skip
    vendor.put("Case", "5002", at=DAY_1, Status="Done and dusted", IsClosed=True, ClosedDate=DAY_2,
               SuppliedEmail="web@example.com", Origin="Web", OwnerId="00G1")  # fmt: skip
    vendor.put("Case", "5003", at=DAY_1, Status="Asleep", IsClosed=False, Origin="Web")
    vendor.put("Case", "5004", at=DAY_1, Status="New", IsClosed=False, Origin="Web")
    done: dict[str, Any] = {"IsClosed": True, "CompletedDateTime": DAY_2}
    vendor.put(
        "Task",
        "00T1",
        at=DAY_1,
        TaskSubtype="Call",
        WhoId="0031",
        CallType="Inbound",
        CallDurationInSeconds=90,
        CallDisposition="Reached",
        OwnerId=OWNER,
        **done,
    )
    vendor.put("Task", "00T2", at=DAY_1, TaskSubtype="Task", Type="Email", WhoId="00Q1", **done)
    vendor.put("Task", "00T3", at=DAY_1, TaskSubtype="Call", IsClosed=False, WhoId="0031",
               ActivityDate="2026-12-24")  # fmt: skip
    vendor.put("Task", "00T4", at=DAY_1, TaskSubtype="Task", Type="Other", **done)
    vendor.put("Task", "00T5", at=DAY_1, TaskSubtype="Call", CallType="Internal", **done)


def second_day(vendor: Salesforce) -> None:
    """A lead became an opportunity, two contacts and two cases were one, an account was deleted,
    a call had been made by mistake, and the owner left."""
    vendor.put(
        "Opportunity", "0063", at=DAY_2, IsClosed=True, IsWon=False, LastStageChangeDate=DAY_2
    )
    vendor.put("Lead", "00Q3", at=DAY_2, IsConverted=True, ConvertedDate="2026-01-02",
               ConvertedOpportunityId="0063")  # fmt: skip
    vendor.merge("Contact", "0031", "0032", at=DAY_2)
    vendor.merge("Case", "5001", "5004", at=DAY_2)
    vendor.delete("Account", "001a", at=DAY_2)
    vendor.put("Task", "00T2", at=DAY_2, IsClosed=False)
    vendor.put("User", OWNER, at=DAY_2, IsActive=False)


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    home = tmp_path_factory.mktemp("home")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    vendor = first_day()
    with serve(vendor) as url:
        own = account(salesforce, url, token=TOKEN)
        for day in (1, 2):
            if day == 2:
                second_day(vendor)
            assert fetch(salesforce, own, home).refused == ()
            assert ingest(dbt.raw, inputs=(), hash_key="key", now=NOW, accounts=[own]).refused == ()
    entities = [entity for entity in SOURCE_ENTITIES["salesforce"] if entity != "set_aside"]
    chosen = ("stg_salesforce__set_aside", *(f"+accepted_{entity}" for entity in entities))
    kinds = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    dbt.must("build", *kinds, "--select", *chosen)
    return dbt


def newest(dbt: Dbt, entity: str, columns: str) -> list[tuple[Any, ...]]:
    """The rows as last read, one for each value of the first column."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{dbt.raw}' as raw (read_only)")
        connection.execute(f"attach '{dbt.warehouse}' as warehouse (read_only)")
        return connection.execute(
            f"select {columns} from warehouse.staging.stg_salesforce__{entity} qualify row_number()"
            f" over (partition by {columns.split(',')[0]} order by row_key desc) = 1 order by 1"
        ).fetchall()


def test_people(staged: Dbt) -> None:
    columns = (
        "customer_id, email, phone, account_id, country, birth_year, acquisition_channel, "
        "consent_marketing, created_at, is_deleted"
    )
    assert newest(staged, "customers", columns) == [
        ("0033", None, None, None, None, None, None, None, FIRST, "false"),
        ("C1", "ana@example.com", "+98 912 000 0001", "A7", "IR", "1980", "web", "false", FIRST,
         "false"),
        ("C2", "ana2@example.com", None, None, None, None, None, None, FIRST, "true"),
    ]  # fmt: skip
    columns = "left_type, left_id, right_type, right_id, linked_at"
    assert newest(staged, "identity_links", columns) == [
        ("customer_id", "C1", "customer_id", "C2", SECOND)
    ]
    assert newest(staged, "employees", "employee_id, team, left_at") == [(OWNER, "north", SECOND)]
    columns = "account_id, name, plan, owner_employee_id, is_deleted"
    assert newest(staged, "accounts", columns) == [("A7", "Acme", "gold", OWNER, "true")]


def test_leads_and_opportunities_are_counted_once(staged: Dbt) -> None:
    columns = (
        "lead_id, customer_id, email, created_at, qualified_at, won_at, lost_at, origin, "
        "owner_employee_id, is_deleted"
    )
    assert newest(staged, "leads", columns) == [
        # a day that is the day of its making is not before it
        ("0061", "C1", None, FIRST, None, FIRST, None, None, OWNER, "false"),
        # the day of closing is a plan until then
        ("0062", None, None, FIRST, None, None, None, None, None, "false"),
        ("0063", None, None, FIRST, SECOND, None, SECOND, None, None, "false"),
        ("00Q1", None, "new@example.com", FIRST, None, None, None, "fair", None, "false"),
        ("00Q2", "C1", None, FIRST, FIRST, None, None, None, None, "false"),
        ("00Q3", None, "grew@example.com", FIRST, "2026-01-02", None, None, None, None, "true"),
    ]
    counted = staged.rows("select lead_id from staging.accepted_leads order by all")
    assert counted == [("0061",), ("0062",), ("0063",), ("00Q1",), ("00Q2",)]


def test_cases(staged: Dbt) -> None:
    columns = (
        "ticket_id, customer_id, email, channel, priority, status, closed_at, agent_employee_id, "
        "is_complaint, merged_into_ticket_id, is_deleted"
    )
    assert newest(staged, "tickets", columns) == [
        ("5001", "C2", None, "phone", "high", "open", None, OWNER, "true", None, "false"),
        ("5002", None, "web@example.com", "web", None, "closed", SECOND, None, None, None, "false"),
        ("5003", None, None, "web", None, "asleep", None, None, None, None, "false"),
        ("5004", None, None, "web", None, "new", None, None, None, "5001", "false"),
    ]
    judged = staged.rows(
        "select ticket_id, reason_code from staging.judged_tickets where verdict = 'quarantined'"
    )
    assert set(judged) == {("5003", "unknown_enum")}


def test_tasks_that_were_a_contact(staged: Dbt) -> None:
    columns = (
        "interaction_id, occurred_at, channel, touchpoint, customer_id, direction, employee_id, "
        "duration_seconds, outcome, is_deleted"
    )
    assert newest(staged, "interactions", columns) == [
        ("00T1", SECOND, "phone", "enquiry", "C1", "inbound", OWNER, "90", "reached", "false"),
        # it had been done, and is not any more; nobody's contact, but a lead's
        ("00T2", FIRST, "email", "enquiry", None, None, None, None, None, "true"),
        ("00T3", FIRST, "phone", "enquiry", "C1", None, None, None, None, "true"),
    ]
    assert staged.rows("select interaction_id from staging.accepted_interactions") == [("00T1",)]


def test_every_record_is_a_row_or_set_aside(staged: Dbt) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{staged.raw}' as raw (read_only)")
        connection.execute(f"attach '{staged.warehouse}' as warehouse (read_only)")
        became = " union all ".join(
            f"select file_id, record_number from warehouse.staging.stg_salesforce__{entity}"
            for entity in SOURCE_ENTITIES["salesforce"]
        )
        read = " union all ".join(
            f"select _file_id, _record_number from raw.raw_salesforce.{table}"
            for table in salesforce.tables()
        )
        assert connection.execute(f"({read}) except ({became})").fetchall() == []
        reasons = connection.execute(
            "select reason, count(*) from warehouse.staging.stg_salesforce__set_aside "
            "group by reason order by reason"
        ).fetchall()
    assert reasons == [("no_employee", 2), ("person_account", 2), ("to_do", 4)]


@pytest.fixture(scope="module")
def told(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Dbt]:
    """The sample company as it is, and staged as Salesforce would tell of it."""
    home = tmp_path_factory.mktemp("company")
    generate(home / "company", customers=100, months=4, seed=5)
    rows = {
        entity: [row for row in found if row[vendor_records.KEYS[entity]]]
        for entity, found in read_rows(home / "company").items()
        if entity in vendor_records.KEYS
    }
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    ensure_raw(dbt.raw, hash_key="key")
    with duckdb.connect(str(dbt.raw)) as connection:
        for file_id, (table, records) in enumerate(vendor_records.export(rows).items(), 1):
            connection.executemany(
                f"insert into raw_salesforce.{table} (record, source_system, _load_id, _file_id, "
                f"_record_number) values (?, 'salesforce', 1, {file_id}, ?)",
                [(json.dumps(record), number) for number, record in enumerate(records, 1)],
            )
    dbt.must("run", "--select", *(f"stg_salesforce__{entity}" for entity in rows))
    return rows, dbt


@pytest.mark.parametrize("entity", list(vendor_records.KEYS))
def test_company_comes_back_as_it_was(told: tuple[Any, Dbt], entity: str) -> None:
    rows, dbt = told
    current = {row[vendor_records.KEYS[entity]]: row for row in rows[entity]}
    columns = [name for name in rows[entity][0] if name not in ("source_system", "is_deleted")]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{dbt.raw}' as raw (read_only)")
        connection.execute(f"attach '{dbt.warehouse}' as warehouse (read_only)")
        found = connection.execute(
            f"select {', '.join(columns)} from warehouse.staging.stg_salesforce__{entity}"
        ).fetchall()
    expected = [tuple(_comparable(row[name]) for name in columns) for row in current.values()]
    assert len(expected) >= 5
    assert sorted([tuple(_comparable(value) for value in row) for row in found], key=str) == sorted(
        expected, key=str
    )


def _comparable(text: str | None) -> str | None:
    """Of a moment the moment: Salesforce writes it in its own way."""
    if text is None or not text[:4].isdecimal() or len(text) < 10:
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return str(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
