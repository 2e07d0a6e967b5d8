"""Pipedrive's records from its API to the columns of the contract, each row worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from ingestion.sources.crm import pipedrive
from tests.contract.landed import account
from tests.contract.pipedrive import Pipedrive
from tests.contract.vendor_server import TOKEN, serve
from tests.dbt_project import connected
from tests.dbt_project.building import Dbt

# CI builds other systems; what reads these is held to their APIs in tests/contract.
pytestmark = pytest.mark.long

DAY_1, DAY_2, DAY_3 = "2026-01-01T08:00:00Z", "2026-01-02T09:30:00Z", "2026-01-03T00:00:00Z"
NOON = "2026-01-02T12:00:00Z"
OWN_ID, ACCOUNT, PLAN, RIVAL, LEAD = "a" * 40, "b" * 40, "c" * 40, "d" * 40, "e" * 40


def first_day() -> Pipedrive:
    vendor = Pipedrive()
    vendor.field("person", OWN_ID, "customer_id")
    vendor.field("organization", ACCOUNT, "account_id")
    vendor.field("organization", PLAN, "Plan", "silver", "gold")
    vendor.field("deal", "channel", "Source channel", "search", "fair", is_custom=False)
    vendor.field("deal", RIVAL, "lost_to_competitor")
    vendor.field("deal", LEAD, "lead_id")
    vendor.field("activity", "outcome", "Outcome", "reached", is_custom=False)
    put_people(vendor)
    put_sales(vendor)
    put_activities(vendor)
    return vendor


def put_people(vendor: Pipedrive) -> None:
    vendor.put("users", 40, at=DAY_1, active_flag=True, modified="2026-01-01 08:00:00")
    vendor.put("organizations", 10, at=DAY_1, name="Acme", owner_id=40, address={"country": "IR"},
               custom_fields={ACCOUNT: "A7", PLAN: 2})  # fmt: skip
    vendor.put("organizations", 11, at=DAY_1, name="Bolt")
    vendor.put(
        "persons",
        1,
        at=DAY_1,
        org_id=10,
        emails=[
            {"value": "old@example.com", "primary": False},
            {"value": "ana@example.com", "primary": True},
        ],
        phones=[{"value": "+98912", "primary": False}],
        postal_address={"country": "IR", "admin_area_level_1": "Fars", "locality": "Shiraz"},
        birthday="1980-05-06",
        custom_fields={OWN_ID: "C1"},
    )
    vendor.put("persons", 2, at=DAY_1, org_id=11, emails=[], phones=[])
    vendor.put("persons", 3, at=DAY_1, custom_fields={OWN_ID: "C3"})


def put_sales(vendor: Pipedrive) -> None:
    vendor.put("leads", "lead-1", at=DAY_1, person_id=1, owner_id=40, channel=2)
    vendor.put("leads", "lead-2", at=DAY_1, person_id=2, is_archived=True)
    for number in (3, 4, 5):
        vendor.put("leads", f"lead-{number}", at=DAY_1, person_id=2, **{LEAD: f"L{number}"})
    vendor.put("deals", 30, at=DAY_1, person_id=1, status="won", won_time=DAY_2, channel=1)
    vendor.put("deals", 31, at=DAY_1, person_id=2, status="lost", lost_time=DAY_2,
               lost_reason="Price", is_archived=True, custom_fields={RIVAL: "Zeta"})  # fmt: skip
    # it was won once, and is open again
    vendor.put("deals", 32, at=DAY_1, status="open", won_time=DAY_1)


def put_activities(vendor: Pipedrive) -> None:
    done: dict[str, Any] = {"done": True, "marked_as_done_time": DAY_2, "owner_id": 40}
    vendor.put("activities", 50, at=DAY_1, type="call", person_id=1, due_date="2026-01-02",
               due_time="09:00:00", duration="01:30:00", outcome=1, **done)  # fmt: skip
    # done before it was due
    vendor.put("activities", 51, at=DAY_1, type="lunch", person_id=2, due_date="2026-02-01",
               due_time="12:00", duration="00:00", **done)  # fmt: skip
    vendor.put("activities", 52, at=DAY_1, type="email", person_id=1, done=False,
               due_date="2026-12-24", due_time=None)  # fmt: skip
    vendor.put("activities", 53, at=DAY_1, type="task", **done)
    vendor.put("activities", 54, at=DAY_1, type="meeting", due_date="2026-01-02", **done)


def second_day(vendor: Pipedrive) -> None:
    """A lead became a deal, two persons were one, somebody became known, the owner left, and
    what had been a mistake is gone."""
    vendor.delete("leads", "lead-1", at=DAY_2)
    vendor.put("deals", 33, at=DAY_2, person_id=1, status="open")
    # a company's own id goes with a lead into its deal, which may be listed a day later
    for number in (3, 4, 5):
        vendor.delete("leads", f"lead-{number}", at=DAY_2)
    vendor.put("deals", 34, at=DAY_2, status="open", custom_fields={LEAD: "L4"})
    vendor.delete("deals", 32, at=DAY_2)
    vendor.delete("persons", 3, at=DAY_2)
    vendor.put("persons", 2, at=DAY_2, custom_fields={OWN_ID: "C2"})
    vendor.delete("organizations", 11, at=DAY_2)
    vendor.delete("activities", 53, at=DAY_2)
    vendor.delete("activities", 54, at=DAY_2)
    vendor.put("users", 40, at=DAY_2, active_flag=False, modified="2026-01-02 09:30:00")


def third_day(vendor: Pipedrive) -> None:
    """What was deleted by mistake is back."""
    vendor.put("organizations", 11, at=NOON, is_deleted=False)
    vendor.put("deals", 32, at=NOON, is_deleted=False)
    vendor.put("deals", 35, at=NOON, status="open", custom_fields={LEAD: "L5"})


@pytest.fixture(scope="module")
def staged(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    home = tmp_path_factory.mktemp("home")
    dbt = Dbt(manifest, home / "raw.duckdb", home / "warehouse.duckdb", home)
    vendor = first_day()
    with serve(vendor) as url, pytest.MonkeyPatch.context() as patched:
        patched.setattr(pipedrive, "_now", lambda: datetime.fromisoformat(DAY_3).astimezone(UTC))
        own = account(pipedrive, url, token=TOKEN)
        connected.stage_days(dbt, pipedrive, own, [
            lambda: second_day(vendor), lambda: third_day(vendor),
        ])  # fmt: skip
    return dbt


def newest(dbt: Dbt, entity: str, columns: str) -> list[tuple[Any, ...]]:
    return connected.newest(dbt, f"stg_pipedrive__{entity}", columns)


def test_people(staged: Dbt) -> None:
    columns = (
        "customer_id, email, phone, account_id, country, region, city, birth_year, created_at, "
        "updated_at, is_deleted"
    )
    nothing = (None,) * 4
    assert newest(staged, "customers", columns) == [
        # before the company knew the person
        ("2", None, None, "11", *nothing, DAY_1, DAY_1, "false"),
        ("C1", "ana@example.com", "+98912", "A7", "IR", "Fars", "Shiraz", "1980", DAY_1, DAY_1,
         "false"),
        ("C2", None, None, "11", *nothing, DAY_1, DAY_2, "false"),
        ("C3", None, None, None, *nothing, None, None, "true"),
    ]  # fmt: skip
    columns = "left_type, left_id, right_type, right_id, linked_at"
    assert newest(staged, "identity_links", columns) == [
        ("customer_id", "C2", "customer_id", "2", DAY_2)
    ]
    assert newest(staged, "employees", "employee_id, left_at") == [("40", DAY_2)]
    columns = "account_id, name, country, plan, owner_employee_id, is_deleted"
    assert newest(staged, "accounts", columns) == [
        ("11", "Bolt", None, None, None, "false"),
        ("A7", "Acme", "IR", "gold", "40", "false"),
    ]
    verdicts = staged.rows(
        "select verdict, load_id from staging.judged_accounts where account_id = '11' "
        "order by load_id"
    )
    assert verdicts == [("accepted", 1), ("withdrawn", 2), ("accepted", 3)]
    counted = staged.rows("select customer_id from staging.accepted_customers order by all")
    assert counted == [("2",), ("C1",), ("C2",)]


def test_leads_and_deals_are_counted_once(staged: Dbt) -> None:
    columns = (
        "lead_id, customer_id, created_at, origin, won_at, lost_at, lost_reason, "
        "lost_to_competitor, owner_employee_id, is_deleted"
    )
    assert newest(staged, "leads", columns) == [
        ("30", "C1", DAY_1, "search", DAY_2, None, None, None, None, "false"),
        ("31", "C2", DAY_1, None, None, DAY_2, "Price", "Zeta", None, "false"),
        # it had been deleted, and is back
        ("32", None, DAY_1, None, None, None, None, None, None, "false"),
        ("33", "C1", DAY_2, None, None, None, None, None, None, "false"),
        ("L3", None, None, None, None, None, None, None, None, "true"),
        ("L4", None, DAY_2, None, None, None, None, None, None, "false"),
        ("L5", None, NOON, None, None, None, None, None, None, "false"),
        ("lead-1", None, None, None, None, None, None, None, None, "true"),
        ("lead-2", "C2", DAY_1, None, None, None, None, None, None, "false"),
        # they go on as deals, under ids of the company's own
        ("lead-4", None, None, None, None, None, None, None, None, "true"),
        ("lead-5", None, None, None, None, None, None, None, None, "true"),
    ]
    counted = staged.rows("select lead_id from staging.accepted_leads order by all")
    assert counted == [("30",), ("31",), ("32",), ("33",), ("L4",), ("L5",), ("lead-2",)]
    verdicts = staged.rows(
        "select verdict, load_id from staging.judged_leads where lead_id = 'L3' order by load_id"
    )
    assert verdicts == [("accepted", 1), ("withdrawn", 2)]
    verdicts = staged.rows(
        "select is_deleted, load_id from staging.judged_leads where lead_id = '32' order by load_id"
    )
    assert verdicts == [(False, 1), (True, 2), (False, 3)]


def test_activities_that_were_a_contact(staged: Dbt) -> None:
    columns = (
        "interaction_id, occurred_at, channel, touchpoint, customer_id, employee_id, "
        "duration_seconds, outcome, is_deleted"
    )
    assert newest(staged, "interactions", columns) == [
        ("50", "2026-01-02T09:00:00Z", "phone", "enquiry", "C1", "40", "5400", "reached", "false"),
        ("51", DAY_2, "field", "enquiry", "C2", "40", None, None, "false"),
        ("52", DAY_1, "email", "enquiry", "C1", None, None, None, "true"),
        ("54", DAY_1, "field", "enquiry", None, None, None, None, "true"),
    ]
    counted = staged.rows("select interaction_id from staging.accepted_interactions order by all")
    assert counted == [("50",), ("51",)]


def test_every_record_is_a_row_or_set_aside(staged: Dbt) -> None:
    assert connected.quarantined(staged, "pipedrive") == {}
    assert connected.unexplained(staged, pipedrive) == []
    reasons = connected.asked(
        staged,
        "select reason, count(*) from warehouse.staging.stg_pipedrive__set_aside group by reason",
    )
    # a task, and that it is gone, which the stated lag of an hour brings twice
    assert reasons == [("to_do", 3)]
